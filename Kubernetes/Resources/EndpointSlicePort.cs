namespace Mesh.Kubernetes.Resources;

/// <summary>One port of an endpoint slice.</summary>
public sealed record EndpointSlicePort : OpenRecord
{
    public string? Name { get; init; }
    public int? Port { get; init; }
    public string? Protocol { get; init; }
    public string? AppProtocol { get; init; }
}
