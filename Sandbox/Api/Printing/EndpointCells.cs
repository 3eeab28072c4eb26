using System.Text.Json.Nodes;
using Mesh.Sandbox.Api.Json;

namespace Mesh.Sandbox.Api.Printing;

/// <summary>Cells of Endpoints and EndpointSlices.</summary>
internal static class EndpointCells
{
    private const int Shown = 3;

    public static string OfEndpoints(JsonObject endpoints)
    {
        var all = new List<string>();
        foreach (var subset in endpoints.Objects("subsets"))
        {
            var addresses = subset.Objects("addresses").Select(a => a.Text("ip") ?? "").ToList();
            var ports = subset.Objects("ports").Select(p => p.Integer("port")).ToList();
            all.AddRange(ports.Count == 0 ? addresses : ports.SelectMany(port => addresses.Select(a => $"{a}:{port}")));
        }
        return Limit(all, "<none>");
    }

    public static string Ports(JsonObject slice)
    {
        var ports = slice.Objects("ports").Select(p => $"{p.Integer("port")?.ToString() ?? "*"}").ToList();
        return Limit(ports, "<unset>");
    }

    public static string Addresses(JsonObject slice) =>
        Limit([.. slice.Objects("endpoints").SelectMany(e => e.Texts("addresses"))], "<unset>");

    private static string Limit(List<string> all, string none) => all.Count == 0
        ? none
        : all.Count <= Shown ? string.Join(',', all) : $"{string.Join(',', all.Take(Shown))} + {all.Count - Shown} more...";
}
