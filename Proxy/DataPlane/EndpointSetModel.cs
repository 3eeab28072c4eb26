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
                // Target port 0, an endpoint that does not serve this port, makes no model.
                var own = endpoint.OwnPorts.FirstOrDefault(own => own.ServicePort == port.ServicePort);
                if (EndpointModel.TryCreate(endpoint, own?.TargetPort ?? port.TargetPort, set.Suspect) is { } model)
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
