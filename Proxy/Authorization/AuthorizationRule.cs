using Mesh.Interfaces.NodeSession;
using Mesh.Proxy.Reactor;
using Proto = Mesh.Interfaces.NodeSession.Authorization;

namespace Mesh.Proxy.Authorization;

/// <summary>One compiled authorization: allows a client that fulfils the network condition and the TLS condition.</summary>
internal sealed class AuthorizationRule
{
    private readonly NetworkRule[] _networks;
    private readonly TlsCondition _tls;
    private readonly HashSet<string> _identities;
    private readonly string[] _suffixes;

    public AuthorizationRule(Proto authorization)
    {
        Kind = authorization.Kind;
        Name = authorization.Name;
        ProbeOnly = authorization.ProbeOnly;
        Audit = authorization.Audit;
        _tls = authorization.Tls;
        _networks = [.. authorization.Networks.Select(NetworkRule.TryCreate).OfType<NetworkRule>()];
        _identities = new HashSet<string>(authorization.Identities, StringComparer.Ordinal);
        // Without its leading dot a suffix would also match half a label.
        _suffixes = [.. authorization.IdentitySuffixes.Where(suffix => suffix.Length > 1 && suffix[0] == '.')];
    }

    public string Kind { get; }

    public string Name { get; }

    /// <summary>Allows only requests of the route "probe".</summary>
    public bool ProbeOnly { get; }

    /// <summary>Allowed, and logged.</summary>
    public bool Audit { get; }

    public bool Allows(IpValue client, ClientIdentity? identity) => AllowsNetwork(client) && AllowsIdentity(identity);

    private bool AllowsNetwork(IpValue client)
    {
        foreach (var network in _networks)
        {
            if (network.Matches(client))
            {
                return true;
            }
        }
        return false;
    }

    private bool AllowsIdentity(ClientIdentity? identity)
    {
        switch (_tls)
        {
            case TlsCondition.Unauthenticated:
                return true;
            case TlsCondition.MeshTlsAny:
                return identity is not null;
            case TlsCondition.MeshTlsIdentities:
                if (identity is null)
                {
                    return false;
                }
                if (_identities.Contains(identity.DnsName) || _identities.Contains(identity.SpiffeId))
                {
                    return true;
                }
                foreach (var suffix in _suffixes)
                {
                    if (identity.DnsName.EndsWith(suffix, StringComparison.Ordinal))
                    {
                        return true;
                    }
                }
                return false;
            default:
                // A condition this build does not know must not widen access.
                return false;
        }
    }
}
