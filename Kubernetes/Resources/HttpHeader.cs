namespace Mesh.Kubernetes.Resources;

/// <summary>One header of a probe's request.</summary>
public sealed record HttpHeader : OpenRecord
{
    public string Name { get; init; } = "";
    public string Value { get; init; } = "";
}
