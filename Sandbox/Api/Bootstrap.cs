using System.Net;
using System.Text.Json.Nodes;
using Mesh.Sandbox.Api.Json;

namespace Mesh.Sandbox.Api;

/// <summary>What a cluster has from its first moment: namespaces, the roles everybody relies on, the API's own service.</summary>
internal static class Bootstrap
{
    private const string Rbac = "rbac.authorization.k8s.io";

    private static readonly string[] Read = ["get", "list", "watch"];
    private static readonly string[] Write = ["create", "delete", "deletecollection", "patch", "update"];

    public static void Fill(ResourceOperations operations, ApiServerOptions options)
    {
        foreach (var name in (ReadOnlySpan<string>)["default", "kube-system", "kube-public", "kube-node-lease"])
        {
            Create(operations, "namespaces", null, new() { ["metadata"] = new JsonObject { ["name"] = name } });
        }
        AddRoles(operations);
        AddApiService(operations, options);
    }

    private static void AddRoles(ResourceOperations operations)
    {
        Role(operations, "cluster-admin", Rule(["*"], ["*"], ["*"]), Paths("*", "*"));
        Role(operations, "admin", Rule(["*"], ["*"], ["*"]));
        Role(operations, "edit", Rule(["", "apps", "batch", "policy", "networking.k8s.io"], ["*"], [.. Read, .. Write]));
        Role(operations, "view", Rule(["", "apps", "batch", "policy", "networking.k8s.io", "discovery.k8s.io"],
            ["configmaps", "endpoints", "endpointslices", "events", "namespaces", "pods", "pods/log", "pods/status", "serviceaccounts", "services",
                "deployments", "replicasets", "statefulsets", "daemonsets", "jobs", "cronjobs", "poddisruptionbudgets", "networkpolicies"], Read));
        Role(operations, "system:discovery",
            Paths("get", "/", "/api", "/api/*", "/apis", "/apis/*", "/openapi", "/openapi/*", "/version", "/healthz", "/livez", "/readyz"));
        Role(operations, "system:basic-user",
            Rule(["authorization.k8s.io"], ["selfsubjectaccessreviews", "selfsubjectrulesreviews"], ["create"]),
            Rule(["authentication.k8s.io"], ["selfsubjectreviews"], ["create"]));
        Role(operations, "system:service-account-issuer-discovery", Paths("get", "/.well-known/openid-configuration", "/openid/v1/jwks"));
        Role(operations, "system:auth-delegator",
            Rule(["authentication.k8s.io"], ["tokenreviews"], ["create"]), Rule(["authorization.k8s.io"], ["subjectaccessreviews"], ["create"]));
        Role(operations, "system:node",
            Rule([""], ["nodes", "nodes/status", "pods", "pods/status", "events"], ["*"]),
            Rule([""], ["services", "endpoints", "configmaps", "secrets", "serviceaccounts", "namespaces"], Read),
            Rule([""], ["serviceaccounts/token"], ["create"]),
            Rule(["discovery.k8s.io"], ["endpointslices"], Read),
            Rule(["coordination.k8s.io"], ["leases"], ["*"]),
            Rule(["authentication.k8s.io", "authorization.k8s.io"], ["tokenreviews", "subjectaccessreviews"], ["create"]));
        Bind(operations, "cluster-admin", "system:masters");
        Bind(operations, "system:discovery", "system:authenticated");
        Bind(operations, "system:basic-user", "system:authenticated");
        Bind(operations, "system:service-account-issuer-discovery", "system:serviceaccounts");
        Bind(operations, "system:node", "system:nodes");
    }

    private static void AddApiService(ResourceOperations operations, ApiServerOptions options)
    {
        var address = options.ServiceNetworks[0].BaseAddress.GetAddressBytes();
        address[^1]++;
        Create(operations, "services", "default", new()
        {
            ["metadata"] = new JsonObject
            {
                ["name"] = "kubernetes",
                ["labels"] = new JsonObject { ["component"] = "apiserver", ["provider"] = "kubernetes" },
            },
            ["spec"] = new JsonObject
            {
                ["clusterIP"] = new IPAddress(address).ToString(),
                ["ports"] = new JsonArray(new JsonObject { ["name"] = "https", ["port"] = 443, ["targetPort"] = options.Advertised?.Port ?? 6443 }),
            },
        });
        if (options.Advertised is not { } advertised)
        {
            return;
        }
        Create(operations, "endpoints", "default", new()
        {
            ["metadata"] = new JsonObject { ["name"] = "kubernetes" },
            ["subsets"] = new JsonArray(new JsonObject
            {
                ["addresses"] = new JsonArray(new JsonObject { ["ip"] = advertised.Address.ToString() }),
                ["ports"] = new JsonArray(new JsonObject { ["name"] = "https", ["port"] = advertised.Port, ["protocol"] = "TCP" }),
            }),
        });
        Create(operations, "endpointslices.discovery.k8s.io", "default", new()
        {
            ["metadata"] = new JsonObject { ["name"] = "kubernetes", ["labels"] = new JsonObject { ["kubernetes.io/service-name"] = "kubernetes" } },
            ["addressType"] = "IPv4",
            ["ports"] = new JsonArray(new JsonObject { ["name"] = "https", ["port"] = advertised.Port, ["protocol"] = "TCP" }),
            ["endpoints"] = new JsonArray(new JsonObject
            {
                ["addresses"] = new JsonArray(advertised.Address.ToString()),
                ["conditions"] = new JsonObject { ["ready"] = true },
            }),
        });
    }

    private static void Role(ResourceOperations operations, string name, params JsonObject[] rules) =>
        Create(operations, $"clusterroles.{Rbac}", null, new() { ["metadata"] = Metadata(name), ["rules"] = rules.ToJsonArray() });

    private static void Bind(ResourceOperations operations, string role, string group) =>
        Create(operations, $"clusterrolebindings.{Rbac}", null, new()
        {
            ["metadata"] = Metadata(role),
            ["roleRef"] = new JsonObject { ["apiGroup"] = Rbac, ["kind"] = "ClusterRole", ["name"] = role },
            ["subjects"] = new JsonArray(new JsonObject { ["apiGroup"] = Rbac, ["kind"] = "Group", ["name"] = group }),
        });

    private static JsonObject Metadata(string name) =>
        new() { ["name"] = name, ["labels"] = new JsonObject { ["kubernetes.io/bootstrapping"] = "rbac-defaults" } };

    private static JsonObject Rule(string[] groups, string[] resources, string[] verbs) =>
        new() { ["apiGroups"] = groups.ToJsonArray(), ["resources"] = resources.ToJsonArray(), ["verbs"] = verbs.ToJsonArray() };

    private static JsonObject Paths(string verb, params string[] paths) =>
        new() { ["nonResourceURLs"] = paths.ToJsonArray(), ["verbs"] = new JsonArray(verb) };

    private static void Create(ResourceOperations operations, string resource, string? ns, JsonObject item)
    {
        var type = operations.Catalog[resource];
        operations.Create(type, type.StorageVersion, ns, item, WriteOptions.None);
    }
}
