using System.Text.Json.Nodes;
using Mesh.Cli.CommandLine;

namespace Mesh.Cli.Install;

/// <summary>
/// Every value of <c>mesh install</c>, in the order in which they are applied and documented. Defaults are what the manifests say.
/// </summary>
internal static class InstallCatalog
{
    public const string ClusterName = "clusterName";
    public const string ClusterDomain = "clusterDomain";
    public const string TrustDomain = "identityTrustDomain";
    public const string InboundPolicy = "proxy.defaultInboundPolicy";
    public const string GatewayApi = "installGatewayAPI";
    public const string NetworkPolicies = "networkPolicies.enabled";

    private const string Pod = "spec/template/spec";
    private const string Container = $"{Pod}/containers/0";
    private const string Affinity = $"{Pod}/affinity/podAntiAffinity";
    private const string Required = "requiredDuringSchedulingIgnoredDuringExecution";
    private const string Preferred = "preferredDuringSchedulingIgnoredDuringExecution";

    private static readonly (string Kind, string Name) Silo = ("StatefulSet", MeshNames.Silo);
    private static readonly (string Kind, string Name) Proxy = ("DaemonSet", MeshNames.Proxy);

    /// <summary>Linkerd's default policies.</summary>
    public static readonly string[] InboundPolicies =
        ["all-unauthenticated", "all-authenticated", "cluster-unauthenticated", "cluster-authenticated", "deny", "audit"];

    private static ValueKind LogLevel => ValueKind.OneOf("trace", "debug", "information", "warning", "error");

    public static IReadOnlyList<InstallValue> All { get; } =
    [
        Config(ClusterName, ValueKind.Label, "The cluster's name in the mesh; every cluster has its own. Otherwise the name the cluster was "
            + "installed with, or the kubeconfig context's. Also `--cluster-name`.", "clusterName"),
        Config(ClusterDomain, ValueKind.Domain, "The domain of the cluster's own DNS. Also `--cluster-domain`.", "clusterDomain"),
        Config(TrustDomain, ValueKind.Domain, "The last part of every identity, the same in all clusters. Also `--identity-trust-domain`.", "trustDomain"),
        new("clusterNetworks", ValueKind.Networks, "Pods and nodes of all clusters: what the `cluster-*` inbound policies mean by cluster, and who "
            + "may connect to silos where there are network policies.", ApplyClusterNetworks,
            objects => objects.Get("ConfigMap", MeshNames.ConfigMap, "data/clusterNetworks")),
        new("imageRegistry", ValueKind.Registry, "Where the images are, for those that `silo.image` and `proxy.image` do not name.",
            (objects, registry) =>
            {
                foreach (var (kind, name) in new[] { Silo, Proxy })
                {
                    var image = objects.Get(kind, name, $"{Container}/image")!.ToString();
                    objects.Set(kind, name, $"{Container}/image", $"{registry}/{image[(image.LastIndexOf('/') + 1)..]}");
                }
            },
            objects => objects.Get(Silo.Kind, Silo.Name, $"{Container}/image")!.ToString().Split('/')[0]),
        InstallValue.Of("imagePullPolicy", ValueKind.OneOf("Always", "IfNotPresent", "Never"), "When a node pulls the images.",
            At(Silo, $"{Container}/imagePullPolicy"), At(Proxy, $"{Container}/imagePullPolicy")),
        new("imagePullSecrets", ValueKind.Names, "Secrets in the control plane's namespace with which nodes pull the images.",
            (objects, names) =>
            {
                var references = new JsonArray([.. names.ToString().Split(',').Select(n => new JsonObject { ["name"] = n })]);
                objects.Set(Silo.Kind, Silo.Name, $"{Pod}/imagePullSecrets", references);
                objects.Set(Proxy.Kind, Proxy.Name, $"{Pod}/imagePullSecrets", references);
            },
            _ => null),
        Switch(GatewayApi, "Also print HTTPRoute and GRPCRoute of the Gateway API, for clusters that lack them. Do not, where something else "
            + "installs the Gateway API: these have only the fields the mesh reads."),
        Switch(NetworkPolicies, "Also print network policies that name who may connect to silos ([network-policies.md](network-policies.md))."),
        new("networkPolicies.nodeNetworks", ValueKind.Networks, "Nodes and API server, in the network policies, where they are not all among "
            + "`clusterNetworks`.", (objects, networks) => SetPeers(objects, 1, networks), _ => null),

        InstallValue.Of("silo.image", ValueKind.Image, "The silos' image.", At(Silo, $"{Container}/image")),
        InstallValue.Of("silo.replicas", ValueKind.Number(1, 99), "How many silos there are; 3 with `--ha`.", At(Silo, "spec/replicas")),
        new("silo.podAntiAffinity", ValueKind.OneOf("preferred", "required"), "Whether two silos may share a node when there is no other "
            + "(`preferred`) or one of them waits (`required`, with `--ha`).", ApplyAntiAffinity,
            objects => objects.Get(Silo.Kind, Silo.Name, $"{Affinity}/{Required}") is null ? "preferred" : "required"),
        InstallValue.Variable("silo.logLevel", LogLevel, "The least severe of what silos log.", "MESH_LOG_LEVEL", "information", Silo),
        .. Resources("silo", "a silo", Silo),
        InstallValue.Fields("silo.nodeSelector", ValueKind.Labels, "Labels of the nodes silos run on.", (Silo.Kind, Silo.Name, $"{Pod}/nodeSelector")),
        InstallValue.Of("silo.tolerations", ValueKind.Tolerations, "Taints of nodes that silos run on all the same; only in a file.",
            At(Silo, $"{Pod}/tolerations")),
        InstallValue.Variables("silo.env", "Environment variables of the silos.", Silo),

        InstallValue.Of("proxy.image", ValueKind.Image, "The node proxies' image.", At(Proxy, $"{Container}/image")),
        Config(InboundPolicy, ValueKind.OneOf(InboundPolicies), "What is allowed at ports that no Server selects. Also `--default-inbound-policy`.",
            "defaultInboundPolicy"),
        new("proxy.drainSeconds", ValueKind.Number(0, 86400), "How long connections may go on in a proxy that is being replaced. The pod's grace "
            + "period is 15 s longer.", ApplyDrain,
            objects => (int)objects.Get(Proxy.Kind, Proxy.Name, $"{Pod}/terminationGracePeriodSeconds")! - GraceAfterDrain),
        InstallValue.Variable("proxy.logLevel", LogLevel, "The least severe of what node proxies log.", "MESH_LOG_LEVEL", "information", Proxy),
        .. Resources("proxy", "a node's proxy", Proxy),
        InstallValue.Fields("proxy.nodeSelector", ValueKind.Labels, "Labels of the nodes that have a proxy. Pods of other nodes cannot be meshed.",
            (Proxy.Kind, Proxy.Name, $"{Pod}/nodeSelector")),
        InstallValue.Variables("proxy.env", "Environment variables of the node proxies: [proxy-options.md](proxy-options.md).", Proxy),
    ];

    // The time the last requests need once the drain is over.
    private const int GraceAfterDrain = 15;

    private static InstallValue Config(string name, ValueKind kind, string meaning, string key) =>
        InstallValue.Of(name, kind, meaning, ("ConfigMap", MeshNames.ConfigMap, $"data/{key}"));

    private static InstallValue Switch(string name, string meaning) => new(name, ValueKind.Switch, meaning, (_, _) => { }, _ => false);

    private static IEnumerable<InstallValue> Resources(string prefix, string who, (string Kind, string Name) workload) =>
        from side in new[] { ("requests", "What {0} is promised"), ("limits", "What {0} may have at most") }
        from resource in new[] { ("cpu", "CPU"), ("memory", "memory") }
        select InstallValue.Of(
            $"{prefix}.resources.{side.Item1}.{resource.Item1}", ValueKind.Quantity,
            string.Format(System.Globalization.CultureInfo.InvariantCulture, side.Item2, who) + $": {resource.Item2}.",
            At(workload, $"{Container}/resources/{side.Item1}/{resource.Item1}"));

    private static (string Kind, string Name, string Path) At((string Kind, string Name) workload, string path) => (workload.Kind, workload.Name, path);

    private static void ApplyClusterNetworks(ManifestObjects objects, JsonNode networks)
    {
        objects.Set("ConfigMap", MeshNames.ConfigMap, "data/clusterNetworks", networks);
        SetPeers(objects, 0, networks);
        SetPeers(objects, 1, networks);
    }

    private static void SetPeers(ManifestObjects objects, int rule, JsonNode networks)
    {
        if (objects.All.Any(o => (string?)o["kind"] == "NetworkPolicy"))
        {
            var peers = networks.ToString().Split(',').Select(n => new JsonObject { ["ipBlock"] = new JsonObject { ["cidr"] = n } });
            objects.Set("NetworkPolicy", MeshNames.Silo, $"spec/ingress/{rule}/from", new JsonArray([.. peers]));
        }
    }

    private static void ApplyAntiAffinity(ManifestObjects objects, JsonNode strength)
    {
        if (strength.ToString() == "required" && objects.Get(Silo.Kind, Silo.Name, $"{Affinity}/{Preferred}/0/podAffinityTerm") is { } term)
        {
            objects.Set(Silo.Kind, Silo.Name, Affinity, new JsonObject { [Required] = new JsonArray(term.DeepClone()) });
        }
    }

    private static void ApplyDrain(ManifestObjects objects, JsonNode seconds)
    {
        objects.Set(Proxy.Kind, Proxy.Name, $"{Pod}/terminationGracePeriodSeconds", (int)seconds + GraceAfterDrain);
        InstallValue.SetVariables(objects, Proxy, new JsonObject { ["MESH_DRAIN_SECONDS"] = seconds.ToString() });
    }
}
