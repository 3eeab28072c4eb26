using System.Text;
using Mesh.Interfaces.NodeSession;
using Mesh.Proxy.DataPlane;
using Mesh.Proxy.Reactor;

namespace Mesh.Proxy.Authorization;

/// <summary>The compiled policy of one port. Immutable; the same object until the pod's policy changes.</summary>
internal sealed class PortPolicyModel
{
    private readonly AuthorizationRule[] _rules;
    private readonly byte[][] _probePaths;

    public PortPolicyModel(PortPolicy policy)
    {
        ServerKind = policy.ServerKind;
        ServerName = policy.ServerName;
        Port = (ushort)policy.Port;
        Protocol = DestinationModel.ProtocolOf(policy.Protocol);
        _rules = [.. policy.Authorizations.Select(authorization => new AuthorizationRule(authorization))];
        _probePaths = [.. policy.ProbePaths.Select(Encoding.UTF8.GetBytes)];
    }

    public string ServerKind { get; }

    public string ServerName { get; }

    /// <summary>0 in the default policy.</summary>
    public ushort Port { get; }

    public TrafficProtocol Protocol { get; }

    /// <summary>Whether a GET of <paramref name="target"/> (as in the request line) is one of the pod's own probes.</summary>
    public bool IsProbe(ReadOnlySpan<byte> target)
    {
        if (_probePaths.Length == 0)
        {
            return false;
        }
        var query = target.IndexOf((byte)'?');
        var path = query < 0 ? target : target[..query];
        foreach (var probe in _probePaths)
        {
            if (path.SequenceEqual(probe))
            {
                return true;
            }
        }
        return false;
    }

    /// <returns>The first rule that allows the client, or null: denied.</returns>
    public AuthorizationRule? Authorize(IpValue client, ClientIdentity? identity, bool probe)
    {
        foreach (var rule in _rules)
        {
            if ((probe || !rule.ProbeOnly) && rule.Allows(client, identity))
            {
                return rule;
            }
        }
        return null;
    }
}
