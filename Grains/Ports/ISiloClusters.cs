namespace Mesh.Grains.Ports;

/// <summary>Which Kubernetes cluster a silo is in. Answers from what this silo knows, without asking anybody.</summary>
public interface ISiloClusters
{
    /// <returns>The cluster's name; empty when the silo is unknown.</returns>
    string ClusterOf(SiloAddress silo);
}
