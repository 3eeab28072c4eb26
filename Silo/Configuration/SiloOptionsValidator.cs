using System.Collections.Immutable;
using System.Net;
using Mesh.Interfaces.Identity;
using Mesh.Interfaces.Keys;
using Microsoft.Extensions.Options;

namespace Mesh.Silo.Configuration;

/// <summary>Reports everything that is wrong with the options at once, each with what to do.</summary>
internal sealed class SiloOptionsValidator : IValidateOptions<SiloOptions>
{
    private static readonly ImmutableHashSet<string> Policies =
    [
        "all-unauthenticated", "all-authenticated", "cluster-authenticated", "cluster-unauthenticated", "deny", "audit",
    ];

    private static readonly ImmutableArray<string> LogLevels = ["trace", "debug", "information", "warning", "error"];

    public ValidateOptionsResult Validate(string? name, SiloOptions options)
    {
        var failures = new List<string>();
        if (options.ClusterName.Length == 0)
        {
            failures.Add("The cluster has no name. Set MESH_CLUSTER_NAME; 'mesh install --cluster-name' puts it into the ConfigMap "
                + "mesh-config.");
        }
        else if (!ClusterName.TryParse(options.ClusterName, out _))
        {
            failures.Add($"MESH_CLUSTER_NAME '{options.ClusterName}' is not a DNS label: use lower-case letters, digits and '-', "
                + "at most 63.");
        }
        Domain(failures, "MESH_TRUST_DOMAIN", options.TrustDomain);
        Domain(failures, "MESH_CLUSTER_DOMAIN", options.ClusterDomain);
        if (!Policies.Contains(options.DefaultInboundPolicy))
        {
            failures.Add(
                $"MESH_DEFAULT_INBOUND_POLICY '{options.DefaultInboundPolicy}' is none of {string.Join(", ", Policies.Order())}.");
        }
        foreach (var network in Split(options.ClusterNetworks).Where(n => !IPNetwork.TryParse(n, out _)))
        {
            failures.Add($"MESH_CLUSTER_NETWORKS has '{network}', which is not a network such as 10.0.0.0/8.");
        }
        if (!LogLevels.Contains(options.LogLevel))
        {
            failures.Add($"MESH_LOG_LEVEL '{options.LogLevel}' is none of {string.Join(", ", LogLevels)}.");
        }
        if (!IPAddress.TryParse(options.PodIp, out var address) || address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any))
        {
            failures.Add($"POD_IP '{options.PodIp}' is not an address other silos could reach. Take it from status.podIP (downward API).");
        }
        if (options.PodName.Length == 0)
        {
            failures.Add("POD_NAME is empty. Take it from metadata.name (downward API).");
        }
        if (options.PodNamespace.Length == 0)
        {
            failures.Add("POD_NAMESPACE is empty. Take it from metadata.namespace (downward API).");
        }
        File(failures, nameof(SiloOptions.IssuerCertificatePath), options.IssuerCertificatePath, "the Secret mesh-identity-issuer");
        File(failures, nameof(SiloOptions.IssuerKeyPath), options.IssuerKeyPath, "the Secret mesh-identity-issuer");
        File(failures, nameof(SiloOptions.TrustAnchorsPath), options.TrustAnchorsPath, "the ConfigMap mesh-identity-trust-roots");
        Ports(failures, options);
        foreach (var seed in Split(options.Seeds).Where(s => !IPEndPoint.TryParse(s, out var e) || e.Port == 0))
        {
            failures.Add($"MESH_SEEDS has '{seed}', which is not address:port.");
        }
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    internal static string[] Split(string list) =>
        list.Split([',', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static void Domain(List<string> failures, string variable, string domain)
    {
        if (!WorkloadIdentity.TryParseSpiffeId($"spiffe://{domain}/ns/n/sa/s", out _))
        {
            failures.Add($"{variable} '{domain}' is not a DNS name in lower case.");
        }
    }

    private static void File(List<string> failures, string setting, string path, string source)
    {
        if (!System.IO.File.Exists(path))
        {
            failures.Add($"{SiloOptions.Section}:{setting} is '{path}', where there is no file. Is {source} mounted there?");
        }
    }

    private static void Ports(List<string> failures, SiloOptions options)
    {
        (string Name, int Port)[] ports =
        [
            (nameof(options.SiloPort), options.SiloPort), (nameof(options.NodeSessionPort), options.NodeSessionPort),
            (nameof(options.VizPort), options.VizPort), (nameof(options.HealthPort), options.HealthPort),
        ];
        foreach (var (name, port) in ports.Where(p => p.Port is < 0 or > 65535))
        {
            failures.Add($"{SiloOptions.Section}:{name} is {port}, which is no TCP port.");
        }
        foreach (var same in ports.Where(p => p.Port != 0).GroupBy(p => p.Port).Where(g => g.Count() > 1))
        {
            failures.Add($"{string.Join(" and ", same.Select(p => p.Name))} are both {same.Key}. Give each its own port.");
        }
    }
}
