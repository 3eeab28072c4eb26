using System.Text.Json.Nodes;
using Mesh.Sandbox.Api.Json;

namespace Mesh.Sandbox.Api;

/// <summary>The list of conditions in a status.</summary>
internal static class Conditions
{
    /// <summary>Sets a condition; its transition time changes only with its status. False when nothing changed.</summary>
    public static bool Set(JsonObject status, string type, string value, string reason, string message, DateTimeOffset now)
    {
        if (status["conditions"] is not JsonArray list)
        {
            status["conditions"] = list = [];
        }
        var condition = list.OfType<JsonObject>().FirstOrDefault(c => c.Text("type") == type);
        if (condition is not null && condition.Text("status") == value && (condition.Text("reason") ?? "") == reason
            && (condition.Text("message") ?? "") == message)
        {
            return false;
        }
        if (condition is null)
        {
            condition = new() { ["type"] = type };
            list.Add((JsonNode)condition);
        }
        if (condition.Text("status") != value)
        {
            condition["lastTransitionTime"] = now.ToTimestamp();
        }
        condition["status"] = value;
        Put(condition, "reason", reason);
        Put(condition, "message", message);
        return true;
    }

    public static string? Get(JsonNode? item, string type) =>
        item.Objects("status", "conditions").FirstOrDefault(c => c.Text("type") == type).Text("status");

    private static void Put(JsonObject condition, string field, string value)
    {
        if (value.Length > 0)
        {
            condition[field] = value;
        }
        else
        {
            condition.Remove(field);
        }
    }
}
