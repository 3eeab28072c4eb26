using Mesh.Interfaces.NodeSession;
using Mesh.Proxy.DataPlane;

namespace Mesh.Proxy.LoadBalancing;

/// <summary>
/// Which endpoints are near a client, decided as kube-proxy does (pkg/proxy/topology.go): the EndpointSlices' hints count when every ready
/// endpoint has one and at least one is for the client's node, or else zone. Without such hints a Service's
/// <c>spec.trafficDistribution</c> compares where client and endpoints run; PreferSameNode falls back to the zone.
/// </summary>
/// <param name="Client">Where the client runs.</param>
/// <param name="Distribution">What the Service asks for.</param>
internal readonly record struct EndpointPreference(Locality Client, TrafficDistribution Distribution)
{
    /// <summary>Nowhere near anything.</summary>
    public static EndpointPreference None { get; } = new(new Locality("", "", ""), TrafficDistribution.Anywhere);

    /// <summary>Says of every ready endpoint whether it is near; of none when nothing tells them apart.</summary>
    public void Mark(IReadOnlyList<EndpointState> ready)
    {
        var client = Client;
        foreach (var endpoint in ready)
        {
            endpoint.IsNear = false;
        }
        if (ready.Count == 0)
        {
            return;
        }
        _ = (ready.All(e => e.Model.ForNodes.Length > 0) && TryMark(ready, e => IsHere(e) && e.ForNodes.Contains(client.Node)))
            || (ready.All(e => e.Model.ForZones.Length > 0) && TryMark(ready, e => e.ForZones.Contains(client.Zone)))
            || (Distribution == TrafficDistribution.PreferSameNode && TryMark(ready, e => IsHere(e) && e.Node == client.Node))
            || (Distribution != TrafficDistribution.Anywhere && TryMark(ready, e => client.Zone.Length > 0 && e.Zone == client.Zone));

        bool IsHere(EndpointModel endpoint) => client.Node.Length > 0 && endpoint.Cluster == client.Cluster;
    }

    private static bool TryMark(IReadOnlyList<EndpointState> ready, Func<EndpointModel, bool> isNear)
    {
        var any = false;
        foreach (var endpoint in ready)
        {
            endpoint.IsNear = isNear(endpoint.Model);
            any |= endpoint.IsNear;
        }
        return any;
    }
}
