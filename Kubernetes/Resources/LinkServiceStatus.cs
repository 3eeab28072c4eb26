namespace Mesh.Kubernetes.Resources;

/// <summary>What became of one service of the target cluster.</summary>
public sealed record LinkServiceStatus : OpenRecord
{
    public IReadOnlyList<LinkCondition> Conditions { get; init; } = [];
    public string? ControllerName { get; init; }
    public LinkObjectReference? RemoteRef { get; init; }
}
