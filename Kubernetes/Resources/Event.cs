namespace Mesh.Kubernetes.Resources;

/// <summary>Something that happened to an object, told to people.</summary>
public sealed record Event() : KubernetesResource(Definition), IKubernetesResource<Event>
{
    public static ResourceDefinition Definition { get; } = new("", "v1", "events", "Event", Namespaced: true);

    public ObjectReference InvolvedObject { get; init; } = new();
    public string? Reason { get; init; }
    public string? Message { get; init; }
    public string? Type { get; init; }
    public string? Action { get; init; }
    public EventSource? Source { get; init; }
    public DateTimeOffset? FirstTimestamp { get; init; }
    public DateTimeOffset? LastTimestamp { get; init; }
    public DateTimeOffset? EventTime { get; init; }
    public int? Count { get; init; }
    public string? ReportingComponent { get; init; }
    public string? ReportingInstance { get; init; }
}
