using System.Text.Json.Nodes;
using Mesh.Sandbox.Api.Json;
using static Mesh.Sandbox.Api.Printing.BuiltInColumns;

namespace Mesh.Sandbox.Api.Printing;

/// <summary>Columns of the kinds in apps/v1.</summary>
internal static class WorkloadCells
{
    public static TableColumn[] Deployment(TableColumn name, TableColumn age) =>
    [
        name,
        Text("Ready", (d, _) => $"{Status(d, "readyReplicas")}/{d.Integer("spec", "replicas") ?? 1}"),
        Number("Up-to-date", (d, _) => Status(d, "updatedReplicas")),
        Number("Available", (d, _) => Status(d, "availableReplicas")),
        age,
        .. Template(),
        Text("Selector", (d, _) => Selector(d.Map("spec", "selector")), 1),
    ];

    public static TableColumn[] ReplicaSet(TableColumn name, TableColumn age) =>
    [
        name,
        Number("Desired", (r, _) => r.Integer("spec", "replicas") ?? 1),
        Number("Current", (r, _) => Status(r, "replicas")),
        Number("Ready", (r, _) => Status(r, "readyReplicas")),
        age,
        .. Template(),
        Text("Selector", (r, _) => Selector(r.Map("spec", "selector")), 1),
    ];

    public static TableColumn[] StatefulSet(TableColumn name, TableColumn age) =>
    [
        name,
        Text("Ready", (s, _) => $"{Status(s, "readyReplicas")}/{s.Integer("spec", "replicas") ?? 1}"),
        age,
        .. Template(),
    ];

    public static TableColumn[] DaemonSet(TableColumn name, TableColumn age) =>
    [
        name,
        Number("Desired", (d, _) => Status(d, "desiredNumberScheduled")),
        Number("Current", (d, _) => Status(d, "currentNumberScheduled")),
        Number("Ready", (d, _) => Status(d, "numberReady")),
        Number("Up-to-date", (d, _) => Status(d, "updatedNumberScheduled")),
        Number("Available", (d, _) => Status(d, "numberAvailable")),
        Text("Node Selector", (d, _) => Labels(d.Strings("spec", "template", "spec", "nodeSelector"))),
        age,
        .. Template(),
        Text("Selector", (d, _) => Selector(d.Map("spec", "selector")), 1),
    ];

    private static TableColumn[] Template() =>
    [
        Text("Containers", (w, _) => Containers(w, "name"), 1),
        Text("Images", (w, _) => Containers(w, "image"), 1),
    ];

    private static long Status(JsonObject item, string field) => item.Integer("status", field) ?? 0;

    private static string Containers(JsonObject item, string field) =>
        string.Join(',', item.Objects("spec", "template", "spec", "containers").Select(c => c.Text(field)));
}
