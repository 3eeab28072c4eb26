using Mesh.Interfaces.NodeSession;

namespace Mesh.Proxy.Authorization;

/// <summary>Who may connect to a pod: a policy per port, and one for all other ports. Without a default nobody may.</summary>
internal sealed class InboundPolicyModel
{
    private readonly Dictionary<int, PortPolicyModel> _ports = [];
    private readonly PortPolicyModel _default;

    public InboundPolicyModel(InboundPolicy policy)
    {
        _default = new PortPolicyModel(policy.DefaultPolicy ?? new PortPolicy { ServerKind = "default", ServerName = "deny" });
        foreach (var port in policy.Ports)
        {
            // Two policies of one port are a bug of the sender; the first is kept, so that the order decides and not chance.
            _ports.TryAdd((int)port.Port, new PortPolicyModel(port));
        }
    }

    public PortPolicyModel Port(int port) => _ports.TryGetValue(port, out var policy) ? policy : _default;
}
