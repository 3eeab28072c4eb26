using System.Net;
using System.Text;
using Mesh.Kubernetes.Resources;

namespace Mesh.Sandbox.Dns;

/// <summary>What names a cluster's services and pods have (kubernetes.io: DNS for Services and Pods), as lines of a hosts file.</summary>
internal static class DnsRecords
{
    public static string Render(IEnumerable<Service> services, IEnumerable<EndpointSlice> slices, string domain)
    {
        var byService = slices.Where(s => s.AddressType is "IPv4" or "IPv6" or "" && s.Metadata.Labels.ContainsKey("kubernetes.io/service-name"))
            .ToLookup(s => (s.Metadata.Namespace, s.Metadata.Labels["kubernetes.io/service-name"]));
        var lines = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var service in services)
        {
            var name = $"{service.Metadata.Name}.{service.Metadata.Namespace}.svc.{domain}";
            if (IPAddress.TryParse(service.Spec.ClusterIP, out _))
            {
                foreach (var text in service.Spec.ClusterIPs.Append(service.Spec.ClusterIP))
                {
                    if (IPAddress.TryParse(text, out var address))
                    {
                        lines.Add($"{address} {name}");
                    }
                }
                continue;
            }
            if (service.Spec.ClusterIP != "None")
            {
                continue;
            }
            foreach (var endpoint in byService[(service.Metadata.Namespace, service.Metadata.Name)].SelectMany(s => s.Endpoints))
            {
                if (endpoint.Conditions.Ready == false && service.Spec.PublishNotReadyAddresses != true)
                {
                    continue;
                }
                foreach (var pod in endpoint.Addresses.Where(a => IPAddress.TryParse(a, out _)))
                {
                    lines.Add($"{pod} {name}");
                    var host = endpoint.Hostname is { Length: > 0 } given ? given : pod.Replace('.', '-').Replace(':', '-');
                    lines.Add($"{pod} {host}.{name}");
                }
            }
        }
        return new StringBuilder().AppendJoin('\n', lines).Append('\n').ToString();
    }
}
