using System.Collections.Immutable;
using Mesh.Interfaces.NodeSession;
using Mesh.Proxy.Reactor;

namespace Mesh.Proxy.DataPlane;

/// <summary>
/// Everything the loops decide by: the node's pods with their policies, destinations by address, endpoint sets by key. Immutable, with
/// everything compiled that can be; <see cref="With"/> shares what did not change, so that a small change costs little.
/// </summary>
internal sealed class DataPlaneSnapshot
{
    private readonly ImmutableDictionary<string, PodModel> _pods;
    private readonly ImmutableDictionary<SocketEndpoint, DestinationModel> _destinations;
    private readonly ImmutableDictionary<string, EndpointSetModel> _endpointSets;

    private DataPlaneSnapshot(
        ImmutableDictionary<string, PodModel> pods,
        ImmutableDictionary<SocketEndpoint, DestinationModel> destinations,
        ImmutableDictionary<string, EndpointSetModel> endpointSets)
    {
        _pods = pods;
        _destinations = destinations;
        _endpointSets = endpointSets;
    }

    public static DataPlaneSnapshot Empty { get; } = new(
        ImmutableDictionary.Create<string, PodModel>(StringComparer.Ordinal),
        ImmutableDictionary<SocketEndpoint, DestinationModel>.Empty,
        ImmutableDictionary.Create<string, EndpointSetModel>(StringComparer.Ordinal));

    /// <summary>This snapshot with an update of the node session applied.</summary>
    /// <param name="upserts">New or changed resources. One with an address that is none is left out.</param>
    /// <param name="removals">Keys of resources known to be gone.</param>
    public DataPlaneSnapshot With(IEnumerable<Resource> upserts, IEnumerable<string> removals)
    {
        var pods = _pods.ToBuilder();
        var destinations = _destinations.ToBuilder();
        var endpointSets = _endpointSets.ToBuilder();
        foreach (var key in removals)
        {
            Remove(key, pods, destinations, endpointSets);
        }
        foreach (var resource in upserts)
        {
            switch (resource.BodyCase)
            {
                case Resource.BodyOneofCase.Pod:
                    pods[resource.Pod.Uid] = new PodModel(resource.Pod);
                    break;
                case Resource.BodyOneofCase.Destination when DestinationModel.TryCreate(resource.Destination) is { } destination:
                    destinations[destination.Address] = destination;
                    break;
                case Resource.BodyOneofCase.EndpointSet:
                    endpointSets[resource.Key] = new EndpointSetModel(resource.EndpointSet);
                    break;
                default:
                    break;
            }
        }
        return new DataPlaneSnapshot(pods.ToImmutable(), destinations.ToImmutable(), endpointSets.ToImmutable());
    }

    public PodModel? Pod(string uid) => _pods.GetValueOrDefault(uid);

    public DestinationModel? Destination(SocketEndpoint address) => _destinations.GetValueOrDefault(address);

    /// <summary>The endpoints that <paramref name="destination"/> stands for now; empty while its set has not arrived.</summary>
    public EndpointListModel Endpoints(DestinationModel destination) => destination.Kind switch
    {
        Interfaces.NodeSession.Destination.Types.Kind.Service when _endpointSets.TryGetValue(destination.EndpointSet, out var set) =>
            set.Port(destination.EndpointPortName, destination.EndpointPort),
        Interfaces.NodeSession.Destination.Types.Kind.Pod => destination.Single,
        _ => EndpointListModel.Empty,
    };

    /// <summary>Whether the set of a SERVICE destination has arrived (every other kind needs none).</summary>
    public bool IsComplete(DestinationModel destination) =>
        destination.Kind != Interfaces.NodeSession.Destination.Types.Kind.Service || _endpointSets.ContainsKey(destination.EndpointSet);

    private static void Remove(
        string key,
        ImmutableDictionary<string, PodModel>.Builder pods,
        ImmutableDictionary<SocketEndpoint, DestinationModel>.Builder destinations,
        ImmutableDictionary<string, EndpointSetModel>.Builder endpointSets)
    {
        const string Pod = "pod/";
        const string Destination = "destination/";
        if (key.StartsWith(Pod, StringComparison.Ordinal))
        {
            pods.Remove(key[Pod.Length..]);
        }
        else if (key.StartsWith(Destination, StringComparison.Ordinal))
        {
            var colon = key.LastIndexOf(':');
            if (colon > 0 && uint.TryParse(key.AsSpan(colon + 1), out var port)
                && SocketEndpoint.TryCreate(key[Destination.Length..colon].Trim('[', ']'), port, out var address))
            {
                destinations.Remove(address);
            }
        }
        else
        {
            endpointSets.Remove(key);
        }
    }
}
