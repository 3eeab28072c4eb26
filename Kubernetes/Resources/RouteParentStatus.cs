namespace Mesh.Kubernetes.Resources;

/// <summary>What one controller made of a route for one of its parents.</summary>
public sealed record RouteParentStatus : OpenRecord
{
    public RouteParentReference ParentRef { get; init; } = new();
    public string ControllerName { get; init; } = "";
    [WrittenWhenEmpty]
    public IReadOnlyList<Condition> Conditions { get; init; } = [];
}
