using System.Text.Json.Nodes;
using Mesh.Sandbox.Api.Json;

namespace Mesh.Sandbox.Api.Printing;

/// <summary>The columns <c>kubectl get</c> shows for each built-in kind.</summary>
internal static class BuiltInColumns
{
    private static readonly TableColumn Name = new(
        "Name", "string", "name", 0, "Name must be unique within a namespace.", (item, _) => item.Text("metadata", "name"));

    private static readonly TableColumn Age = Text("Age", (item, now) => HumanDuration.Of(item.Time("metadata", "creationTimestamp"), now));

    private static readonly Dictionary<string, TableColumn[]> ByResource = new()
    {
        ["namespaces"] = [Name, Text("Status", (n, _) => n.Text("status", "phase")), Age],
        ["nodes"] = NodeCells.Columns(Name, Age),
        ["pods"] = PodCells.Columns(Name, Age),
        ["services"] = ServiceCells.Columns(Name, Age),
        ["endpoints"] = [Name, Text("Endpoints", (e, _) => EndpointCells.OfEndpoints(e)), Age],
        ["endpointslices.discovery.k8s.io"] =
        [
            Name, Text("AddressType", (e, _) => e.Text("addressType")), Text("Ports", (e, _) => EndpointCells.Ports(e)),
            Text("Endpoints", (e, _) => EndpointCells.Addresses(e)), Age,
        ],
        ["serviceaccounts"] = [Name, Number("Secrets", (a, _) => a.Sequence("secrets")?.Count ?? 0), Age],
        ["secrets"] = [Name, Text("Type", (s, _) => s.Text("type")), Number("Data", (s, _) => s.Map("data")?.Count ?? 0), Age],
        ["configmaps"] = [Name, Number("Data", (c, _) => (c.Map("data")?.Count ?? 0) + (c.Map("binaryData")?.Count ?? 0)), Age],
        ["events"] = EventCells.Columns(),
        ["deployments.apps"] = WorkloadCells.Deployment(Name, Age),
        ["replicasets.apps"] = WorkloadCells.ReplicaSet(Name, Age),
        ["statefulsets.apps"] = WorkloadCells.StatefulSet(Name, Age),
        ["daemonsets.apps"] = WorkloadCells.DaemonSet(Name, Age),
        ["controllerrevisions.apps"] =
        [
            Name, Text("Controller", (r, _) => Controller(r)), Number("Revision", (r, _) => r.Integer("revision") ?? 0), Age,
        ],
        ["jobs.batch"] =
        [
            Name, Text("Status", (j, _) => j.Integer("status", "succeeded") >= (j.Integer("spec", "completions") ?? 1) ? "Complete" : "Running"),
            Text("Completions", (j, _) => $"{j.Integer("status", "succeeded") ?? 0}/{j.Integer("spec", "completions") ?? 1}"),
            Text("Duration", (_, _) => ""), Age,
        ],
        ["cronjobs.batch"] =
        [
            Name, Text("Schedule", (j, _) => j.Text("spec", "schedule")), Text("Timezone", (j, _) => j.Text("spec", "timeZone") ?? "<none>"),
            Text("Suspend", (j, _) => j.Flag("spec", "suspend") == true ? "True" : "False"),
            Number("Active", (j, _) => j.Sequence("status", "active")?.Count ?? 0),
            Text("Last Schedule", (j, now) => j.Time("status", "lastScheduleTime") is { } last ? HumanDuration.Of(last, now) : "<none>"), Age,
        ],
        ["leases.coordination.k8s.io"] = [Name, Text("Holder", (l, _) => l.Text("spec", "holderIdentity")), Age],
        ["roles.rbac.authorization.k8s.io"] = [Name, CreatedAt()],
        ["clusterroles.rbac.authorization.k8s.io"] = [Name, CreatedAt()],
        ["rolebindings.rbac.authorization.k8s.io"] = BindingCells.Columns(Name, Age),
        ["clusterrolebindings.rbac.authorization.k8s.io"] = BindingCells.Columns(Name, Age),
        ["poddisruptionbudgets.policy"] =
        [
            Name, Text("Min Available", (p, _) => Show(p.At("spec", "minAvailable"))),
            Text("Max Unavailable", (p, _) => Show(p.At("spec", "maxUnavailable"))),
            Number("Allowed Disruptions", (p, _) => p.Integer("status", "disruptionsAllowed") ?? 0), Age,
        ],
        ["networkpolicies.networking.k8s.io"] = [Name, Text("Pod-Selector", (p, _) => Selector(p.Map("spec", "podSelector"))), Age],
        ["customresourcedefinitions.apiextensions.k8s.io"] = [Name, CreatedAt()],
    };

    private static readonly TableColumn[] Default = [Name, Age];

    public static TableColumn[] Of(string resource) => ByResource.GetValueOrDefault(resource, Default);

    public static TableColumn Text(string name, Func<JsonObject, DateTimeOffset, string?> cell, int priority = 0) =>
        new(name, "string", "", priority, name, (item, now) => cell(item, now) ?? "");

    public static TableColumn Number(string name, Func<JsonObject, DateTimeOffset, long> cell, int priority = 0) =>
        new(name, "integer", "", priority, name, (item, now) => cell(item, now));

    /// <summary>A label selector as kubectl shows it.</summary>
    public static string Selector(JsonObject? selector)
    {
        var parts = selector.Strings("matchLabels").OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => $"{p.Key}={p.Value}").ToList();
        parts.AddRange(selector.Objects("matchExpressions").Select(e => e.Text("operator") switch
        {
            "In" => $"{e.Text("key")} in ({string.Join(',', e.Texts("values"))})",
            "NotIn" => $"{e.Text("key")} notin ({string.Join(',', e.Texts("values"))})",
            "DoesNotExist" => $"!{e.Text("key")}",
            _ => e.Text("key") ?? "",
        }));
        return parts.Count == 0 ? "<none>" : string.Join(',', parts);
    }

    /// <summary>A map of labels as kubectl shows it.</summary>
    public static string Labels(IReadOnlyDictionary<string, string> labels) => labels.Count == 0
        ? "<none>"
        : string.Join(',', labels.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => $"{p.Key}={p.Value}"));

    /// <summary>An integer or a percentage.</summary>
    public static string Show(JsonNode? value) => value is null ? "N/A" : value.Text() ?? value.ToJsonString();

    private static TableColumn CreatedAt() => Text("Created At", (item, _) => item.Text("metadata", "creationTimestamp"));

    private static string Controller(JsonObject item) =>
        item.Objects("metadata", "ownerReferences").FirstOrDefault(o => o.Flag("controller") == true) is { } owner
            ? $"{owner.Text("kind")!.ToLowerInvariant()}.apps/{owner.Text("name")}"
            : "<none>";
}
