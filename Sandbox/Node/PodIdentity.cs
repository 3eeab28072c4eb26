namespace Mesh.Sandbox.Node;

/// <summary>What CNI plugins are told about a pod.</summary>
internal sealed record PodIdentity(string Namespace, string Name, string Uid, string NetworkNamespace)
{
    /// <summary>CNI's container id: the same for the whole life of the pod.</summary>
    public string SandboxId => Uid.Replace("-", "", StringComparison.Ordinal);
}
