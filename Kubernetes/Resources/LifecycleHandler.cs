namespace Mesh.Kubernetes.Resources;

/// <summary>What to run at one moment of a container's life.</summary>
public sealed record LifecycleHandler : OpenRecord
{
    public ExecAction? Exec { get; init; }
    public HttpGetAction? HttpGet { get; init; }
    public TcpSocketAction? TcpSocket { get; init; }
}
