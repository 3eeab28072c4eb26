using System.Text.Json.Nodes;
using Mesh.Sandbox.Api.Json;
using static Mesh.Sandbox.Api.Printing.BuiltInColumns;

namespace Mesh.Sandbox.Api.Printing;

/// <summary>Columns of services.</summary>
internal static class ServiceCells
{
    public static TableColumn[] Columns(TableColumn name, TableColumn age) =>
    [
        name,
        Text("Type", (s, _) => s.Text("spec", "type")),
        Text("Cluster-IP", (s, _) => s.Text("spec", "clusterIP") is { Length: > 0 } ip ? ip : "<none>"),
        Text("External-IP", (s, _) => ExternalAddress(s)),
        Text("Port(s)", (s, _) => Ports(s)),
        age,
        Text("Selector", (s, _) => Labels(s.Strings("spec", "selector")), 1),
    ];

    private static string ExternalAddress(JsonObject service)
    {
        var external = service.Texts("spec", "externalIPs").ToList();
        switch (service.Text("spec", "type"))
        {
            case "ExternalName":
                return service.Text("spec", "externalName") ?? "<none>";
            case "LoadBalancer":
                external.AddRange(service.Objects("status", "loadBalancer", "ingress")
                    .Select(i => i.Text("ip") ?? i.Text("hostname") ?? ""));
                return external.Count == 0 ? "<pending>" : string.Join(',', external);
            default:
                return external.Count == 0 ? "<none>" : string.Join(',', external);
        }
    }

    private static string Ports(JsonObject service)
    {
        var ports = service.Objects("spec", "ports")
            .Select(p => p.Integer("nodePort") is > 0 and var node
                ? $"{p.Integer("port")}:{node}/{p.Text("protocol")}"
                : $"{p.Integer("port")}/{p.Text("protocol")}")
            .ToList();
        return ports.Count == 0 ? "<none>" : string.Join(',', ports);
    }
}
