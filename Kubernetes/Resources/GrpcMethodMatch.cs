namespace Mesh.Kubernetes.Resources;

/// <summary>Which service and method a call must be of.</summary>
public sealed record GrpcMethodMatch : OpenRecord
{
    public string? Type { get; init; }
    public string? Service { get; init; }
    public string? Method { get; init; }
}
