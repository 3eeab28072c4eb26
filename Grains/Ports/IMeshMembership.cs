using Mesh.Interfaces.Keys;

namespace Mesh.Grains.Ports;

/// <summary>What this silo knows of the silos of other clusters. Safe to use from any thread.</summary>
public interface IMeshMembership
{
    /// <summary>Some silo of the cluster has been alive since this silo started.</summary>
    bool IsKnown(ClusterName cluster);

    /// <summary>Some silo of the cluster is alive, as far as this silo can tell.</summary>
    bool IsAlive(ClusterName cluster);

    /// <summary>Calls back, on any thread, when an answer above may have changed; until the result is disposed.</summary>
    IDisposable Subscribe(Action callback);
}
