using Mesh.Interfaces.NodeSession;

namespace Mesh.Proxy.DataPlane;

/// <summary>The endpoints of one service, by its ports. Immutable.</summary>
internal sealed class EndpointSetModel
{
    private readonly Dictionary<string, EndpointListModel> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<uint, EndpointListModel> _byServicePort = [];

    public EndpointSetModel(EndpointSet set)
    {
        Cluster = set.Cluster;
        Suspect = set.Suspect;
        foreach (var port in set.Ports)
        {
            var endpoints = new List<EndpointModel>(set.Endpoints.Count);
            foreach (var endpoint in set.Endpoints)
            {
                if (EndpointModel.TryCreate(endpoint, port.TargetPort, set.Suspect) is { } model)
                {
                    endpoints.Add(model);
                }
            }
            var list = new EndpointListModel([.. endpoints], DestinationModel.ProtocolOf(port.Protocol));
            _byName[port.Name] = list;
            _byServicePort[port.ServicePort] = list;
        }
    }

    public string Cluster { get; }

    public bool Suspect { get; }

    /// <summary>By name first, since mirrors may number their ports differently; by number where the name is unknown.</summary>
    public EndpointListModel Port(string name, uint servicePort) =>
        _byName.TryGetValue(name, out var list) || _byServicePort.TryGetValue(servicePort, out list) ? list : EndpointListModel.Empty;
}
