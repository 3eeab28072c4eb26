namespace Mesh.Kubernetes.Resources;

/// <summary>A gRPC health check.</summary>
public sealed record GrpcAction : OpenRecord
{
    public int Port { get; init; }
    public string? Service { get; init; }
}
