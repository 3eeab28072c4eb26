namespace Mesh.Kubernetes.Resources;

/// <summary>How a custom resource is called.</summary>
public sealed record CustomResourceNames : OpenRecord
{
    public string Plural { get; init; } = "";
    public string? Singular { get; init; }
    public string Kind { get; init; } = "";
    public string? ListKind { get; init; }
    public IReadOnlyList<string> ShortNames { get; init; } = [];
    public IReadOnlyList<string> Categories { get; init; } = [];
}
