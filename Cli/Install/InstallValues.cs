using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Mesh.Cli.CommandLine;
using Mesh.Cli.Identity;

namespace Mesh.Cli.Install;

/// <summary>Everything that differs from one installation to the next.</summary>
internal sealed partial record InstallValues
{
    public const string DefaultClusterNetworks = "10.0.0.0/8,100.64.0.0/10,172.16.0.0/12,192.168.0.0/16,fd00::/8";

    /// <summary>Linkerd's default policies.</summary>
    public static readonly string[] InboundPolicies =
        ["all-unauthenticated", "all-authenticated", "cluster-unauthenticated", "cluster-authenticated", "deny", "audit"];

    public string MeshNamespace { get; init; } = MeshNames.Namespace;

    public required string ClusterName { get; init; }

    public string TrustDomain { get; init; } = "cluster.local";

    public string ClusterDomain { get; init; } = "cluster.local";

    public string DefaultInboundPolicy { get; init; } = "all-unauthenticated";

    public string ClusterNetworks { get; init; } = DefaultClusterNetworks;

    public int SiloReplicas { get; init; } = 1;

    public string SiloImage { get; init; } = $"mesh-orleans/silo:{MeshNames.Version}";

    public string ProxyImage { get; init; } = $"mesh-orleans/proxy:{MeshNames.Version}";

    public required IdentityMaterial Identity { get; init; }

    /// <summary>One <c>--set name=value</c>.</summary>
    /// <exception cref="UsageException">There is no such value, or it cannot be that.</exception>
    public InstallValues With(string assignment)
    {
        var equals = assignment.IndexOf('=');
        var name = equals > 0 ? assignment[..equals] : assignment;
        var value = equals > 0 ? assignment[(equals + 1)..] : "";
        if (value.Length == 0)
        {
            throw new UsageException($"--set {assignment}: write it as name=value.");
        }
        return name switch
        {
            "siloImage" => this with { SiloImage = value },
            "proxyImage" => this with { ProxyImage = value },
            "siloReplicas" => this with
            {
                SiloReplicas = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var replicas) && replicas is > 0 and < 100
                    ? replicas
                    : throw new UsageException($"--set siloReplicas={value}: this must be a number from 1 to 99."),
            },
            "clusterNetworks" => this with { ClusterNetworks = value },
            _ => throw new UsageException($"--set {name}: there is no such value. There are siloImage, proxyImage, siloReplicas, clusterNetworks."),
        };
    }

    /// <summary>By placeholder.</summary>
    /// <exception cref="UsageException">A value would not be what it seems to be inside of YAML.</exception>
    public IReadOnlyDictionary<string, string> Placeholders()
    {
        var values = new Dictionary<string, string>
        {
            ["MESH_NAMESPACE"] = MeshNamespace,
            ["CLUSTER_NAME"] = ClusterName,
            ["TRUST_DOMAIN"] = TrustDomain,
            ["CLUSTER_DOMAIN"] = ClusterDomain,
            ["DEFAULT_INBOUND_POLICY"] = DefaultInboundPolicy,
            ["CLUSTER_NETWORKS"] = ClusterNetworks,
            ["VERSION"] = MeshNames.Version,
            ["SILO_REPLICAS"] = SiloReplicas.ToString(CultureInfo.InvariantCulture),
            ["SILO_IMAGE"] = SiloImage,
            ["PROXY_IMAGE"] = ProxyImage,
        };
        foreach (var (name, value) in values)
        {
            if (!Harmless().IsMatch(value))
            {
                throw new UsageException($"{name.ToLowerInvariant().Replace('_', ' ')} cannot be \"{value}\".");
            }
        }
        values["TRUST_ANCHORS_PEM"] = string.Join('\n', Identity.TrustAnchorsPem.Trim().Split('\n').Select(l => "    " + l.TrimEnd()));
        values["ISSUER_CERT_B64"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(Identity.IssuerPem));
        values["ISSUER_KEY_B64"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(Identity.IssuerKeyPem));
        return values;
    }

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._:/,@-]*\z")]
    private static partial Regex Harmless();
}
