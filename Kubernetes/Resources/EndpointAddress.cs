namespace Mesh.Kubernetes.Resources;

/// <summary>One address of an Endpoints object.</summary>
public sealed record EndpointAddress : OpenRecord
{
    public string Ip { get; init; } = "";
    public string? Hostname { get; init; }
    public string? NodeName { get; init; }
    public ObjectReference? TargetRef { get; init; }
}
