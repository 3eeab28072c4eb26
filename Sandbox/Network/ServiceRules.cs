using System.Net;
using System.Net.Sockets;
using System.Text;
using Mesh.Kubernetes.Resources;

namespace Mesh.Sandbox.Network;

/// <summary>Turns services and their endpoints into an nftables ruleset that does what kube-proxy does for ClusterIPs.</summary>
internal static class ServiceRules
{
    public const string Table = "sandbox_services";

    /// <summary>The whole table, to be applied in one transaction; connections already made keep their endpoint.</summary>
    /// <param name="services">All services.</param>
    /// <param name="slices">All slices.</param>
    /// <param name="dualStack">Whether there is to be a table for IPv6 too.</param>
    public static string Render(IEnumerable<Service> services, IEnumerable<EndpointSlice> slices, bool dualStack = false)
    {
        var ordered = services.OrderBy(s => s.Metadata.Namespace, StringComparer.Ordinal).ThenBy(s => s.Metadata.Name, StringComparer.Ordinal).ToList();
        var all = slices.ToList();
        return Render(ordered, all, "ip") + (dualStack ? Render(ordered, all, "ip6") : "");
    }

    private static string Render(List<Service> services, List<EndpointSlice> slices, string family)
    {
        var v6 = family == "ip6";
        var byService = slices
            .Where(s => (s.AddressType == "IPv6") == v6 && s.AddressType != "FQDN" && s.Metadata.Labels.ContainsKey("kubernetes.io/service-name"))
            .ToLookup(s => (s.Metadata.Namespace, s.Metadata.Labels["kubernetes.io/service-name"]));
        var chains = new StringBuilder();
        var routed = new List<string>();
        var rejected = new List<string>();
        var addresses = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var service in services)
        {
            var clusterAddress = service.Spec.ClusterIPs.Append(service.Spec.ClusterIP)
                .Select(text => IPAddress.TryParse(text, out var address) ? address : null)
                .FirstOrDefault(address => address is not null && (address.AddressFamily == AddressFamily.InterNetworkV6) == v6);
            if (clusterAddress is null)
            {
                continue;
            }
            foreach (var port in service.Spec.Ports)
            {
                var protocol = (port.Protocol ?? "TCP").ToLowerInvariant();
                if (protocol is not ("tcp" or "udp"))
                {
                    continue;
                }
                var endpoints = Endpoints(byService[(service.Metadata.Namespace, service.Metadata.Name)], port);
                var match = $"{clusterAddress} . {protocol} . {port.Port}";
                if (endpoints.Count == 0)
                {
                    rejected.Add(match);
                    continue;
                }
                var chain = $"service{routed.Count}";
                routed.Add($"{match} : goto {chain}");
                addresses.UnionWith(endpoints.Select(e => e.Address));
                var choices = string.Join(", ", endpoints.Select((e, i) => $"{i} : {e.Address} . {e.Port}"));
                chains.Append($"  chain {chain} {{\n    meta l4proto {protocol} dnat {family} to numgen random mod {endpoints.Count} map {{ {choices} }}\n  }}\n");
            }
        }
        var type = v6 ? "ipv6_addr" : "ipv4_addr";
        var text = new StringBuilder($"table {family} {Table} {{}}\ndelete table {family} {Table}\ntable {family} {Table} {{\n");
        text.Append($"  map routed {{\n    type {type} . inet_proto . inet_service : verdict\n").Append(Elements(routed)).Append("  }\n");
        text.Append($"  set unreachable {{\n    type {type} . inet_proto . inet_service\n").Append(Elements(rejected)).Append("  }\n");
        // A pod that reaches itself through a service must see another source address, or it answers itself past the rules.
        text.Append($"  set hairpins {{\n    type {type} . {type}\n").Append(Elements(addresses.Select(a => $"{a} . {a}"))).Append("  }\n");
        text.Append(chains);
        foreach (var (name, hook) in new[] { ("from_pods", "prerouting"), ("from_node", "output") })
        {
            text.Append($"  chain {name} {{\n    type nat hook {hook} priority -100;\n");
            text.Append($"    {family} daddr . meta l4proto . th dport vmap @routed\n  }}\n");
            text.Append($"  chain {name}_rejected {{\n    type filter hook {hook} priority -110;\n");
            text.Append($"    {family} daddr . meta l4proto . th dport @unreachable reject with {(v6 ? "icmpv6" : "icmp")} type port-unreachable\n  }}\n");
        }
        text.Append("  chain hairpin {\n    type nat hook postrouting priority 100;\n");
        text.Append($"    ct status dnat {family} saddr . {family} daddr @hairpins masquerade\n  }}\n}}\n");
        return text.ToString();
    }

    /// <summary>Ready endpoints of one port; when none is ready, those that still serve while they terminate, as kube-proxy does.</summary>
    private static List<(string Address, int Port)> Endpoints(IEnumerable<EndpointSlice> slices, ServicePort port)
    {
        var ready = new SortedSet<(string Address, int Port)>();
        var terminating = new SortedSet<(string Address, int Port)>();
        foreach (var slice in slices)
        {
            foreach (var target in slice.Ports.Where(p => (p.Name ?? "") == (port.Name ?? "") && (p.Protocol ?? "TCP") == (port.Protocol ?? "TCP") && p.Port is not null))
            {
                foreach (var endpoint in slice.Endpoints)
                {
                    var set = endpoint.Conditions.Ready != false ? ready
                        : endpoint.Conditions is { Serving: true, Terminating: true } ? terminating : null;
                    set?.UnionWith(endpoint.Addresses.Where(a => IPAddress.TryParse(a, out _)).Select(a => (a, target.Port!.Value)));
                }
            }
        }
        return [.. ready.Count > 0 ? ready : terminating];
    }

    private static string Elements(IEnumerable<string> elements)
    {
        var list = string.Join(",\n      ", elements);
        return list.Length == 0 ? "" : $"    elements = {{\n      {list}\n    }}\n";
    }
}
