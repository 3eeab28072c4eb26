namespace Mesh.Kubernetes.Resources;

/// <summary>One backend of an endpoint slice.</summary>
public sealed record Endpoint : OpenRecord
{
    [WrittenWhenEmpty]
    public IReadOnlyList<string> Addresses { get; init; } = [];
    public EndpointConditions Conditions { get; init; } = new();
    public string? Hostname { get; init; }
    public string? NodeName { get; init; }
    public string? Zone { get; init; }
    public ObjectReference? TargetRef { get; init; }
    public EndpointHints? Hints { get; init; }
}
