namespace Mesh.Kubernetes.Resources;

/// <summary>Keeps pods without a matching toleration away.</summary>
public sealed record Taint : OpenRecord
{
    public string Key { get; init; } = "";
    public string? Value { get; init; }
    public string Effect { get; init; } = "";
    public DateTimeOffset? TimeAdded { get; init; }
}
