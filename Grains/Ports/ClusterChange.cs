using System.Collections.Immutable;

namespace Mesh.Grains.Ports;

/// <summary>
/// One object was added, modified or deleted. It says what to look at, not what it looks like: read <see cref="IClusterView"/>, which
/// already shows the change when the callback runs.
/// </summary>
/// <param name="Topic">Exactly one topic.</param>
/// <param name="Namespace">Empty for a node; for a namespace its own name.</param>
/// <param name="Name">The object's name; for an EndpointSlice the name of its service.</param>
/// <param name="Node">For a pod the node it is (or was) on; else empty.</param>
/// <param name="Ips">For a pod its addresses, for a service its cluster IPs, before and after the change; else empty.</param>
public sealed record ClusterChange(ClusterTopic Topic, string Namespace, string Name, string Node, ImmutableArray<string> Ips)
{
    public ClusterChange(ClusterTopic topic, string ns, string name)
        : this(topic, ns, name, "", [])
    {
    }
}
