using System.Net;
using Mesh.Interfaces.NodeSession;
using Mesh.Proxy.NetworkRules;
using Mesh.Proxy.Reactor;

namespace Mesh.Proxy.Enrolment;

/// <summary>Which redirect rules a pod's annotations ask for.</summary>
internal static class PodRules
{
    /// <summary>
    /// The pod's rules. A port range or subnet that makes no sense is left out: its traffic then goes through the proxy, which is the
    /// safer of the two.
    /// </summary>
    public static RedirectRules Of(Pod pod) => new(
        Ports(pod.SkipInboundPorts), Ports(pod.SkipOutboundPorts), [.. pod.SkipSubnets.Select(Subnet).OfType<IPNetwork>()]);

    private static List<(int First, int Last)> Ports(IEnumerable<PortRange> ranges)
    {
        var ports = new List<(int, int)>();
        foreach (var range in ranges)
        {
            if (range.First is > 0 and <= ushort.MaxValue && range.Last >= range.First && range.Last <= ushort.MaxValue)
            {
                ports.Add(((int)range.First, (int)range.Last));
            }
        }
        return ports;
    }

    // IPNetwork takes only addresses without host bits; annotations often have them.
    private static IPNetwork? Subnet(string text)
    {
        var parts = text.Split('/');
        // An IPv4 subnet in v4-mapped form would be a rule for IPv6 packets that there are none of.
        if (parts.Length > 2 || !IpValue.TryParse(parts[0], out var ip) || (ip.IsV4 && parts[0].Contains(':', StringComparison.Ordinal)))
        {
            return null;
        }
        var address = ip.ToIPAddress();
        var bytes = address.GetAddressBytes();
        var bits = bytes.Length * 8;
        if (parts.Length == 2 && (!int.TryParse(parts[1], out bits) || bits < 0 || bits > bytes.Length * 8))
        {
            return null;
        }
        for (var i = 0; i < bytes.Length; i++)
        {
            var kept = Math.Clamp(bits - (i * 8), 0, 8);
            bytes[i] &= (byte)(0xFF00 >> kept);
        }
        return new IPNetwork(new IPAddress(bytes), bits);
    }
}
