using System.Text.Json.Nodes;
using Mesh.Sandbox.Api.Json;
using static Mesh.Sandbox.Api.Printing.BuiltInColumns;

namespace Mesh.Sandbox.Api.Printing;

/// <summary>Columns of role bindings.</summary>
internal static class BindingCells
{
    public static TableColumn[] Columns(TableColumn name, TableColumn age) =>
    [
        name,
        Text("Role", (b, _) => $"{b.Text("roleRef", "kind")}/{b.Text("roleRef", "name")}"),
        age,
        Text("Users", (b, _) => Subjects(b, "User"), 1),
        Text("Groups", (b, _) => Subjects(b, "Group"), 1),
        Text("ServiceAccounts", (b, _) => Subjects(b, "ServiceAccount"), 1),
    ];

    private static string Subjects(JsonObject binding, string kind) => string.Join(", ", binding.Objects("subjects")
        .Where(s => s.Text("kind") == kind)
        .Select(s => kind == "ServiceAccount" ? $"{s.Text("namespace")}/{s.Text("name")}" : s.Text("name")));
}
