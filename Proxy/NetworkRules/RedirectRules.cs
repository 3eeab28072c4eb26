using System.Globalization;
using System.Net;
using System.Text;
using Mesh.Proxy.Netns;

namespace Mesh.Proxy.NetworkRules;

/// <summary>
/// What of a pod's traffic goes through the proxy, and the nftables script that says so. Equal rules give the same script.
/// </summary>
/// <param name="SkipInboundPorts">Inbound ports left alone, as inclusive ranges.</param>
/// <param name="SkipOutboundPorts">Outbound destination ports left alone, as inclusive ranges.</param>
/// <param name="SkipSubnets">Destinations outbound, and sources inbound, left alone.</param>
internal sealed record RedirectRules(
    IReadOnlyList<(int First, int Last)> SkipInboundPorts,
    IReadOnlyList<(int First, int Last)> SkipOutboundPorts,
    IReadOnlyList<IPNetwork> SkipSubnets)
{
    /// <summary>Where outbound connections of the pod arrive.</summary>
    public const int OutboundPort = 15001;

    /// <summary>Where inbound connections to the pod arrive.</summary>
    public const int InboundPort = 15006;

    /// <summary>
    /// The mark of the proxy's own sockets to other pods in the pod's namespace; those to the pod's own application have
    /// <see cref="SourceRouting.Mark"/>. Setting it takes CAP_NET_ADMIN, which a pod must not have.
    /// </summary>
    public const int ProxyMark = 1337;

    /// <summary>Takes the table away. Harmless when it is not there.</summary>
    public const string RemovalScript = "add table inet mesh\ndelete table inet mesh\n";

    /// <summary>
    /// One transaction that puts the table as it must be, whatever was there. Connections that exist keep their path, since only the first
    /// packet of a connection passes a nat chain.
    /// </summary>
    public string ToScript()
    {
        var script = new StringBuilder(RemovalScript, 1024);
        script.Append("table inet mesh {\n");
        // A pod that reaches itself through a service: the proxy's connection has to come in like everybody else's.
        script.Append("  chain itself {\n");
        AppendPorts(script, SkipInboundPorts);
        script.Append(CultureInfo.InvariantCulture, $"    meta l4proto tcp redirect to :{InboundPort}\n  }}\n");
        script.Append("  chain outbound {\n    type nat hook output priority -100; policy accept;\n");
        script.Append(CultureInfo.InvariantCulture, $"    meta mark {SourceRouting.Mark} return\n");
        script.Append(CultureInfo.InvariantCulture, $"    meta mark {ProxyMark} oifname \"lo\" goto itself\n");
        script.Append(CultureInfo.InvariantCulture, $"    meta mark {ProxyMark} return\n");
        // What the pod says to itself, by 127.0.0.1 or by its own address, is routed through lo.
        script.Append("    oifname \"lo\" return\n");
        AppendSubnets(script, "daddr");
        AppendPorts(script, SkipOutboundPorts);
        script.Append(CultureInfo.InvariantCulture, $"    meta l4proto tcp redirect to :{OutboundPort}\n  }}\n");
        script.Append("  chain inbound {\n    type nat hook prerouting priority -100; policy accept;\n");
        script.Append("    iifname \"lo\" return\n");
        AppendSubnets(script, "saddr");
        AppendPorts(script, SkipInboundPorts);
        script.Append(CultureInfo.InvariantCulture, $"    meta l4proto tcp redirect to :{InboundPort}\n  }}\n");
        // A connection that was made to a listening port itself, and not redirected there, would be proxied to itself without end.
        script.Append("  chain guard {\n    type filter hook input priority 0; policy accept;\n");
        script.Append(CultureInfo.InvariantCulture,
            $"    tcp dport {{ {OutboundPort}, {InboundPort} }} ct state new ct status & dnat != dnat reject with tcp reset\n  }}\n}}\n");
        return script.ToString();
    }

    private void AppendSubnets(StringBuilder script, string side)
    {
        foreach (var subnet in SkipSubnets)
        {
            var family = subnet.BaseAddress.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? "ip6" : "ip";
            script.Append(CultureInfo.InvariantCulture, $"    {family} {side} {subnet} return\n");
        }
    }

    private static void AppendPorts(StringBuilder script, IReadOnlyList<(int First, int Last)> ports)
    {
        // One rule per range: ranges of a pod's annotation may overlap, which a set would refuse.
        foreach (var (first, last) in ports)
        {
            script.Append(CultureInfo.InvariantCulture, $"    tcp dport {first}-{last} return\n");
        }
    }
}
