namespace Mesh.Kubernetes.Resources;

/// <summary>One port of an Endpoints subset.</summary>
public sealed record EndpointsPort : OpenRecord
{
    public string? Name { get; init; }
    public int Port { get; init; }
    public string? Protocol { get; init; }
    public string? AppProtocol { get; init; }
}
