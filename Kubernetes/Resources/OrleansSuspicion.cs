namespace Mesh.Kubernetes.Resources;

/// <summary>A silo's vote that another one is dead.</summary>
public sealed record OrleansSuspicion : OpenRecord
{
    /// <summary>Who says so, <c>address:port@generation</c>.</summary>
    public string Silo { get; init; } = "";

    public DateTimeOffset Time { get; init; }
}
