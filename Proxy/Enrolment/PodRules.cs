using System.Net;
using System.Net.Sockets;
using Mesh.Interfaces.NodeSession;
using Mesh.Proxy.NetworkRules;

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
        if (parts.Length > 2 || !IPAddress.TryParse(parts[0], out var address))
        {
            return null;
        }
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
        var network = new IPAddress(bytes);
        return network.AddressFamily is AddressFamily.InterNetwork or AddressFamily.InterNetworkV6 ? new IPNetwork(network, bits) : null;
    }
}
