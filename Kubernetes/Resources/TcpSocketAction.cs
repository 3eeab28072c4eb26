namespace Mesh.Kubernetes.Resources;

/// <summary>A connection attempt.</summary>
public sealed record TcpSocketAction : OpenRecord
{
    public IntOrString Port { get; init; }
    public string? Host { get; init; }
}
