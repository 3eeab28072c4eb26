namespace Mesh.Kubernetes.Resources;

/// <summary>The state of a membership table.</summary>
public sealed record OrleansClusterSpec : OpenRecord
{
    /// <summary>How many changes have been made.</summary>
    public int Version { get; init; }

    /// <summary>What the change that led to <see cref="Version"/> made of a silo's row; that silo's object may not say so yet.</summary>
    public OrleansSiloSpec? LastChange { get; init; }
}
