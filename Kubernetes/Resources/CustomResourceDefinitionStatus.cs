namespace Mesh.Kubernetes.Resources;

/// <summary>Whether the names were accepted.</summary>
public sealed record CustomResourceDefinitionStatus : OpenRecord
{
    public CustomResourceNames? AcceptedNames { get; init; }
    public IReadOnlyList<string> StoredVersions { get; init; } = [];
    public IReadOnlyList<Condition> Conditions { get; init; } = [];
}
