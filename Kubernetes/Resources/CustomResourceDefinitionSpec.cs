namespace Mesh.Kubernetes.Resources;

/// <summary>Group, names, scope and versions of a custom resource.</summary>
public sealed record CustomResourceDefinitionSpec : OpenRecord
{
    public string Group { get; init; } = "";
    public string Scope { get; init; } = "";
    public CustomResourceNames Names { get; init; } = new();
    public IReadOnlyList<CustomResourceVersion> Versions { get; init; } = [];
}
