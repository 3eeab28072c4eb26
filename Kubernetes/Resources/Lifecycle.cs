namespace Mesh.Kubernetes.Resources;

/// <summary>Commands run after a container starts and before it stops.</summary>
public sealed record Lifecycle : OpenRecord
{
    public LifecycleHandler? PostStart { get; init; }
    public LifecycleHandler? PreStop { get; init; }
}
