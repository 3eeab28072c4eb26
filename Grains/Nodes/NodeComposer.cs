using System.Collections.Immutable;
using Mesh.Grains.Ports;
using Mesh.Interfaces.Endpoints;
using Mesh.Interfaces.Keys;
using Mesh.Interfaces.NodeSession;

namespace Mesh.Grains.Nodes;

/// <summary>
/// Composes what a node's proxy should hold from the cluster's state, the node's demand and the endpoint sets followed for it.
/// </summary>
internal static class NodeComposer
{
    /// <param name="node">The node's name.</param>
    /// <param name="view">Its cluster.</param>
    /// <param name="demanded">Every destination in demand.</param>
    /// <param name="sets">The endpoint sets that are known.</param>
    /// <param name="isSuspect">Whether a service's cluster cannot be asked any more.</param>
    public static NodeComposition Compose(
        string node,
        IClusterView view,
        IEnumerable<SocketAddress> demanded,
        IReadOnlyDictionary<ServiceKey, EndpointSetSnapshot> sets,
        Func<ServiceKey, bool> isSuspect)
    {
        var resources = new Dictionary<string, Resource>();
        foreach (var pod in view.PodsOnNode(node))
        {
            if (PodPlanner.Plan(pod, view) is { } planned)
            {
                var key = ResourceKeys.Pod(pod.Uid);
                resources[key] = SessionMessages.Resource(key, planned);
            }
        }
        var wanted = ImmutableDictionary.CreateBuilder<string, ServiceKey>();
        var waiting = new Dictionary<string, string>();
        foreach (var address in demanded)
        {
            var key = ResourceKeys.Destination(address);
            var planned = DestinationPlanner.Plan(address, view);
            resources[key] = SessionMessages.Resource(key, planned.Destination);
            if (planned.EndpointSet is not { } service)
            {
                continue;
            }
            wanted[planned.Destination.EndpointSet] = service;
            if (sets.TryGetValue(service, out var set))
            {
                resources[planned.Destination.EndpointSet] = SessionMessages.Resource(
                    planned.Destination.EndpointSet, SessionMessages.EndpointSet(set, isSuspect(service), planned.Family));
            }
            else
            {
                waiting[key] = planned.Destination.EndpointSet;
            }
        }
        return new NodeComposition(resources, wanted.ToImmutable(), waiting);
    }
}
