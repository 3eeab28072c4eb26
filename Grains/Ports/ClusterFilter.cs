namespace Mesh.Grains.Ports;

/// <summary>Which changes a subscriber wants. Null fields do not restrict; nodes pass any <see cref="Namespace"/>.</summary>
/// <param name="Topics">The kinds of objects.</param>
/// <param name="Namespace">Only objects of this namespace (and that namespace itself).</param>
/// <param name="Name">Only objects of this name; for EndpointSlices the name of the service.</param>
public sealed record ClusterFilter(ClusterTopic Topics, string? Namespace = null, string? Name = null)
{
    public bool Matches(ClusterChange change) =>
        (Topics & change.Topic) != 0
        && (Namespace is null || change.Topic == ClusterTopic.Nodes || change.Namespace == Namespace)
        && (Name is null || change.Name == Name);
}
