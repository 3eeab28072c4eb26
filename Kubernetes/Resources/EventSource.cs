namespace Mesh.Kubernetes.Resources;

/// <summary>Who reported an event.</summary>
public sealed record EventSource : OpenRecord
{
    public string? Component { get; init; }
    public string? Host { get; init; }
}
