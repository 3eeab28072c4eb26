using System.Net;
using System.Text.Json.Nodes;
using Mesh.Cli.CommandLine;
using Mesh.Cli.Workloads;
using Mesh.Kubernetes;
using Mesh.Kubernetes.Resources;

namespace Mesh.Cli.Check;

/// <summary>Whether the control plane can be installed, and whether all of it is there.</summary>
internal static class InstallationChecks
{
    private const string Install = "run `mesh install | kubectl apply -f -`";
    private static readonly TimeSpan LargestSkew = TimeSpan.FromMinutes(5);
    private static readonly ResourceDefinition ClusterRoles = new("rbac.authorization.k8s.io", "v1", "clusterroles", "ClusterRole", false);
    private static readonly ResourceDefinition ClusterRoleBindings =
        new("rbac.authorization.k8s.io", "v1", "clusterrolebindings", "ClusterRoleBinding", false);

    private static readonly ResourceDefinition[] Created =
    [
        Namespace.Definition, ClusterRoles, ClusterRoleBindings, CustomResourceDefinition.Definition, ServiceAccount.Definition,
        Service.Definition, StatefulSet.Definition, DaemonSet.Definition, ConfigMap.Definition, Secret.Definition,
    ];

    private static readonly ResourceDefinition[] Custom =
    [
        Link.Definition, Server.Definition, AuthorizationPolicy.Definition, MeshTLSAuthentication.Definition, NetworkAuthentication.Definition,
        PolicyHttpRoute.Definition,
    ];

    public static CheckCategory Before(CheckTarget target) => new("pre-mesh-setup",
    [
        new CheckItem(
            "control plane namespace does not already exist",
            "the mesh seems to be installed already: run `mesh check` without --pre",
            async cancellationToken =>
            {
                if (await target.Kubernetes.GetOrNullAsync<Namespace>(null, target.MeshNamespace, cancellationToken) is not null)
                {
                    throw new CheckFailedException($"The \"{target.MeshNamespace}\" namespace already exists");
                }
            }),
        .. Created.Select(definition => new CheckItem(
            $"can create {definition.Kind}s",
            "use a context that has this permission, such as a cluster administrator's",
            cancellationToken => MayCreateAsync(target, definition, cancellationToken))),
        Clock(target),
    ]);

    public static CheckCategory Config(CheckTarget target) => new("mesh-config",
    [
        new CheckItem("control plane Namespace exists", Install,
            async c => await target.RequireAsync<Namespace>(null, target.MeshNamespace, c)) { Fatal = true },
        new CheckItem("control plane ClusterRoles exist", Install,
            c => target.RequireAsync(ClusterRoles, null, c, MeshNames.Silo)) { Fatal = true },
        new CheckItem("control plane ClusterRoleBindings exist", Install,
            c => target.RequireAsync(ClusterRoleBindings, null, c, MeshNames.Silo)) { Fatal = true },
        new CheckItem("control plane ServiceAccounts exist", Install,
            c => target.RequireAsync(ServiceAccount.Definition, target.MeshNamespace, c, MeshNames.Silo, MeshNames.Proxy, MeshNames.Viz)) { Fatal = true },
        new CheckItem("control plane CustomResourceDefinitions exist", "run `mesh install --crds | kubectl apply -f -`",
            c => target.RequireAsync(CustomResourceDefinition.Definition, null, c, [.. Custom.Select(d => $"{d.Plural}.{d.Group}")])) { Fatal = true },
        new CheckItem(
            "Gateway API routes can be made",
            "without them there are only HTTPRoutes of policy.linkerd.io. Install the Gateway API, or the routes the mesh reads: "
            + "`mesh install --crds --set installGatewayAPI=true | kubectl apply -f -`",
            c => target.RequireAsync(CustomResourceDefinition.Definition, null, c,
                [.. new[] { HttpRoute.Definition, GrpcRoute.Definition }.Select(d => $"{d.Plural}.{d.Group}")])) { Warning = true },
    ]);

    public static CheckCategory Existence(CheckTarget target) => new("mesh-existence",
    [
        new CheckItem($"'{MeshNames.ConfigMap}' config map exists", Install, c => target.ConfigAsync("clusterName", c)) { Fatal = true },
        new CheckItem(
            "no unschedulable pods",
            $"see `kubectl -n {target.MeshNamespace} describe pods` for what keeps them from being scheduled",
            async cancellationToken =>
            {
                var pods = await target.Kubernetes.ListAllAsync<Pod>(target.MeshNamespace, null, cancellationToken);
                var stuck = pods.Items.SelectMany(p => p.Status.Conditions
                    .Where(c => c is { Type: "PodScheduled", Status: "False", Reason: "Unschedulable" })
                    .Select(c => $"{p.Metadata.Name}: {c.Message}")).ToList();
                if (stuck.Count > 0)
                {
                    throw new CheckFailedException(string.Join('\n', stuck));
                }
            }) { Warning = true },
        new CheckItem(
            "control plane pods are ready",
            $"see `kubectl -n {target.MeshNamespace} get pods` and the logs of those that are not ready",
            async cancellationToken =>
            {
                var silos = await target.PodsAsync(MeshNames.SiloSelector, cancellationToken);
                var wanted = (await target.RequireAsync<StatefulSet>(target.MeshNamespace, MeshNames.Silo, cancellationToken)).Spec.Replicas ?? 1;
                var unready = silos.Where(p => !p.IsReady()).Select(p => p.Metadata.Name).ToList();
                if (silos.Count < wanted || unready.Count > 0)
                {
                    throw new CheckFailedException(
                        $"{silos.Count - unready.Count} of {wanted} silos are ready{(unready.Count > 0 ? $", not ready: {string.Join(", ", unready)}" : "")}");
                }
            }) { Fatal = true, Retry = true },
        .. NetworkChecks.Create(target),
    ]);

    public static CheckItem Clock(CheckTarget target) => new(
        "no clock skew detected",
        "set the clocks by NTP: certificates are only good between two moments",
        async cancellationToken =>
        {
            using var response = await target.Kubernetes.Http.GetAsync("version", cancellationToken);
            if (response.Headers.Date is { } theirs && (theirs - target.Time.GetUtcNow()).Duration() is var skew && skew > LargestSkew)
            {
                throw new CheckFailedException($"this machine's clock and the API server's differ by {skew.TotalSeconds:0} s");
            }
        })
    { Warning = true };

    private static async Task MayCreateAsync(CheckTarget target, ResourceDefinition definition, CancellationToken cancellationToken)
    {
        var attributes = new JsonObject { ["verb"] = "create", ["group"] = definition.Group, ["resource"] = definition.Plural };
        if (definition.Namespaced)
        {
            attributes["namespace"] = target.MeshNamespace;
        }
        var review = new JsonObject
        {
            ["apiVersion"] = "authorization.k8s.io/v1",
            ["kind"] = "SelfSubjectAccessReview",
            ["spec"] = new JsonObject { ["resourceAttributes"] = attributes },
        };
        try
        {
            var answer = await target.Kubernetes.SendJsonAsync(
                HttpMethod.Post, "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", review, cancellationToken);
            if (answer?["status"]?["allowed"]?.ToString() != "true")
            {
                throw new CheckFailedException($"not authorized to create {definition.Plural}: {answer?["status"]?["reason"]}");
            }
        }
        catch (KubernetesException e) when (e.Status == HttpStatusCode.NotFound)
        {
            // An API server without authorization has no such question, and allows everything.
        }
    }
}
