using System.Text.Json.Nodes;
using Mesh.Sandbox.Api.Json;
using static Mesh.Sandbox.Api.Printing.BuiltInColumns;

namespace Mesh.Sandbox.Api.Printing;

/// <summary>Columns of events.</summary>
internal static class EventCells
{
    public static TableColumn[] Columns() =>
    [
        Text("Last Seen", LastSeen),
        Text("Type", (e, _) => e.Text("type")),
        Text("Reason", (e, _) => e.Text("reason")),
        Text("Object", (e, _) => $"{e.Text("involvedObject", "kind")?.ToLowerInvariant()}/{e.Text("involvedObject", "name")}"),
        Text("Subobject", (e, _) => e.Text("involvedObject", "fieldPath"), 1),
        Text("Source", (e, _) => Source(e), 1),
        Text("Message", (e, _) => e.Text("message")?.Trim()),
        Text("First Seen", (e, now) => HumanDuration.Of(First(e), now), 1),
        Number("Count", (e, _) => e.Integer("count") ?? e.Integer("series", "count") ?? 1, 1),
        new("Name", "string", "name", 1, "Name must be unique within a namespace.", (e, _) => e.Text("metadata", "name")),
    ];

    private static string LastSeen(JsonObject item, DateTimeOffset now) => HumanDuration.Of(
        item.Time("series", "lastObservedTime") ?? item.Time("lastTimestamp") ?? item.Time("eventTime") ?? First(item), now);

    private static DateTimeOffset? First(JsonObject item) =>
        item.Time("firstTimestamp") ?? item.Time("eventTime") ?? item.Time("metadata", "creationTimestamp");

    private static string Source(JsonObject item)
    {
        var component = item.Text("source", "component") ?? item.Text("reportingComponent") ?? "";
        return item.Text("source", "host") is { Length: > 0 } host ? $"{component}, {host}" : component;
    }
}
