namespace Mesh.Kubernetes.Resources;

/// <summary>One expression of a label selector: In, NotIn, Exists or DoesNotExist.</summary>
public sealed record LabelSelectorRequirement : OpenRecord
{
    public string Key { get; init; } = "";
    public string Operator { get; init; } = "";
    public IReadOnlyList<string> Values { get; init; } = [];
}
