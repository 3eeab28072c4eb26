using System.Net;
using System.Text;
using Mesh.Kubernetes.Resources;

namespace Mesh.Sandbox.Node;

/// <summary>The files in /etc that a kubelet gives every container of a pod.</summary>
internal static class PodFiles
{
    public const string ClusterDomain = "cluster.local";

    public static string Hostname(Pod pod) =>
        pod.Spec.HostNetwork == true ? pod.Spec.NodeName ?? "" : pod.Spec.Hostname is { Length: > 0 } given ? given : pod.Metadata.Name;

    public static IEnumerable<ContainerFile> Build(Pod pod, IPAddress address, IPAddress dns)
    {
        yield return new ContainerFile("/etc/resolv.conf", ResolvConf(pod, dns));
        yield return new ContainerFile("/etc/hostname", Hostname(pod) + "\n");
        yield return new ContainerFile("/etc/hosts", Hosts(pod, address));
    }

    public static string ResolvConf(Pod pod, IPAddress dns)
    {
        var ns = pod.Metadata.Namespace;
        var cluster = pod.Spec.DnsPolicy switch
        {
            "ClusterFirstWithHostNet" => true,
            "None" or "Default" => false,
            // As with a kubelet: a pod in the node's network gets the node's DNS unless it asks for the cluster's.
            _ => pod.Spec.HostNetwork != true,
        };
        List<string> servers = cluster ? [dns.ToString()] : [];
        List<string> searches = cluster ? [$"{ns}.svc.{ClusterDomain}", $"svc.{ClusterDomain}", ClusterDomain] : [];
        Dictionary<string, string?> options = cluster ? new() { ["ndots"] = "5" } : [];
        if (pod.Spec.DnsConfig is { } config)
        {
            servers.AddRange(config.Nameservers);
            searches.AddRange(config.Searches);
            foreach (var option in config.Options)
            {
                options[option.Name] = option.Value;
            }
        }
        var text = new StringBuilder();
        foreach (var server in servers)
        {
            text.Append("nameserver ").Append(server).Append('\n');
        }
        if (searches.Count > 0)
        {
            text.Append("search ").AppendJoin(' ', searches.Distinct()).Append('\n');
        }
        if (options.Count > 0)
        {
            text.Append("options ").AppendJoin(' ', options.Select(o => o.Value is null ? o.Key : $"{o.Key}:{o.Value}")).Append('\n');
        }
        return text.ToString();
    }

    private static string Hosts(Pod pod, IPAddress address)
    {
        var name = Hostname(pod);
        var full = pod.Spec.Subdomain is { Length: > 0 } subdomain && pod.Spec.HostNetwork != true
            ? $"{name}.{subdomain}.{pod.Metadata.Namespace}.svc.{ClusterDomain}\t"
            : "";
        return $"127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n{address}\t{full}{name}\n";
    }
}
