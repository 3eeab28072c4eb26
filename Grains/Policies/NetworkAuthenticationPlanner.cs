using Mesh.Grains.Observed;
using Mesh.Interfaces.NodeSession;

namespace Mesh.Grains.Policies;

/// <summary>Which client addresses a NetworkAuthentication names.</summary>
internal static class NetworkAuthenticationPlanner
{
    /// <summary>Whether the object is accepted as a whole: with one bad network it names no address.</summary>
    public static PolicyVerdict Judge(ObservedNetworkAuthentication authentication)
    {
        if (authentication.Networks is not { IsDefaultOrEmpty: false } networks)
        {
            return Invalid("spec.networks is empty, so no address could match. Name at least one network.");
        }
        return networks.Select(Judge).FirstOrDefault(verdict => !verdict.IsInEffect);
    }

    /// <summary>The networks of an object that is accepted.</summary>
    public static IEnumerable<Network> Networks(ObservedNetworkAuthentication authentication)
    {
        foreach (var network in authentication.Networks ?? [])
        {
            if (Cidr.TryParse(network.Cidr, out var cidr))
            {
                var result = new Network { Cidr = cidr.ToString() };
                foreach (var text in network.Except.IsDefault ? [] : network.Except)
                {
                    if (Cidr.TryParse(text, out var except))
                    {
                        result.Except.Add(except.ToString());
                    }
                }
                yield return result;
            }
        }
    }

    private static PolicyVerdict Judge(ObservedNetwork network)
    {
        if (!Cidr.TryParse(network.Cidr, out var cidr))
        {
            return Invalid($"spec.networks has cidr '{network.Cidr}', which is not a network. Write it as 10.0.0.0/8 or fd00::/8.");
        }
        foreach (var text in network.Except.IsDefault ? [] : network.Except)
        {
            if (!Cidr.TryParse(text, out var except))
            {
                return Invalid($"spec.networks has except '{text}', which is not a network. Write it as 10.0.0.0/8 or fd00::/8.");
            }
            if (!cidr.Contains(except))
            {
                return Invalid($"spec.networks has except '{text}', which does not lie inside cidr '{network.Cidr}'.");
            }
            if (except.Contains(cidr))
            {
                return Invalid($"spec.networks has except '{text}', which leaves nothing of cidr '{network.Cidr}'.");
            }
        }
        return PolicyVerdict.Accepted;
    }

    private static PolicyVerdict Invalid(string message) => PolicyVerdict.Refuse(PolicyReasons.Invalid, message);
}
