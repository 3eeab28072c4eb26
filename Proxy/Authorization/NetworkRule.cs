using Mesh.Interfaces.NodeSession;
using Mesh.Proxy.Reactor;

namespace Mesh.Proxy.Authorization;

/// <summary>A network without its exceptions.</summary>
internal sealed class NetworkRule
{
    private readonly CidrBlock _network;
    private readonly CidrBlock[] _except;

    private NetworkRule(CidrBlock network, CidrBlock[] except)
    {
        _network = network;
        _except = except;
    }

    /// <returns>Null when the network or any exception is invalid: a rule that cannot be read never widens access.</returns>
    public static NetworkRule? TryCreate(Network network)
    {
        if (!CidrBlock.TryParse(network.Cidr, out var block))
        {
            return null;
        }
        var except = new CidrBlock[network.Except.Count];
        for (var i = 0; i < except.Length; i++)
        {
            if (!CidrBlock.TryParse(network.Except[i], out except[i]))
            {
                return null;
            }
        }
        return new NetworkRule(block, except);
    }

    public bool Matches(IpValue ip)
    {
        if (!_network.Contains(ip))
        {
            return false;
        }
        foreach (var except in _except)
        {
            if (except.Contains(ip))
            {
                return false;
            }
        }
        return true;
    }
}
