using System.Text.Json.Nodes;
using Mesh.Sandbox.Api.Json;
using static Mesh.Sandbox.Api.Printing.BuiltInColumns;

namespace Mesh.Sandbox.Api.Printing;

/// <summary>Columns of nodes.</summary>
internal static class NodeCells
{
    private const string RolePrefix = "node-role.kubernetes.io/";

    public static TableColumn[] Columns(TableColumn name, TableColumn age) =>
    [
        name,
        Text("Status", (n, _) => Status(n)),
        Text("Roles", (n, _) => Roles(n)),
        age,
        Text("Version", (n, _) => n.Text("status", "nodeInfo", "kubeletVersion")),
        Text("Internal-IP", (n, _) => Address(n, "InternalIP"), 1),
        Text("External-IP", (n, _) => Address(n, "ExternalIP"), 1),
        Text("OS-Image", (n, _) => Info(n, "osImage"), 1),
        Text("Kernel-Version", (n, _) => Info(n, "kernelVersion"), 1),
        Text("Container-Runtime", (n, _) => Info(n, "containerRuntimeVersion"), 1),
    ];

    private static string Status(JsonObject node)
    {
        var ready = node.Objects("status", "conditions").FirstOrDefault(c => c.Text("type") == "Ready").Text("status");
        var status = ready switch { "True" => "Ready", null => "Unknown", _ => "NotReady" };
        return node.Flag("spec", "unschedulable") == true ? $"{status},SchedulingDisabled" : status;
    }

    private static string Roles(JsonObject node)
    {
        var roles = node.Strings("metadata", "labels").Keys
            .Where(k => k.StartsWith(RolePrefix, StringComparison.Ordinal))
            .Select(k => k[RolePrefix.Length..])
            .Order(StringComparer.Ordinal)
            .ToList();
        return roles.Count == 0 ? "<none>" : string.Join(',', roles);
    }

    private static string Address(JsonObject node, string type) =>
        node.Objects("status", "addresses").FirstOrDefault(a => a.Text("type") == type).Text("address") ?? "<none>";

    private static string Info(JsonObject node, string field) =>
        node.Text("status", "nodeInfo", field) is { Length: > 0 } value ? value : "<unknown>";
}
