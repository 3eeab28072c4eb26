namespace Mesh.Kubernetes.Resources;

/// <summary>One port of a service.</summary>
public sealed record ServicePort : OpenRecord
{
    public string? Name { get; init; }
    public string? Protocol { get; init; }
    public string? AppProtocol { get; init; }
    public int Port { get; init; }
    public IntOrString? TargetPort { get; init; }
    public int? NodePort { get; init; }
}
