namespace Mesh.Kubernetes.Resources;

/// <summary>One network, less the networks inside it that are excepted.</summary>
public sealed record NetworkSpec : OpenRecord
{
    public string Cidr { get; init; } = "";
    public IReadOnlyList<string> Except { get; init; } = [];
}
