using System.Text.Json.Nodes;
using Mesh.Sandbox.Api.Json;

namespace Mesh.Sandbox.Api.Admission;

/// <summary>The status of a CustomResourceDefinition: accepted and established the moment it is stored.</summary>
internal static class DefinitionStatus
{
    public static void Fill(JsonObject definition, DateTimeOffset now)
    {
        var status = definition.Child("status");
        status["acceptedNames"] = definition.Map("spec", "names")?.DeepClone();
        var storage = definition.Objects("spec", "versions").FirstOrDefault(v => v.Flag("storage") == true).Text("name");
        if (storage is not null && !status.Texts("storedVersions").Contains(storage))
        {
            var versions = status["storedVersions"] as JsonArray ?? [];
            versions.Add((JsonNode)storage);
            if (versions.Parent is null)
            {
                status["storedVersions"] = versions;
            }
        }
        if (status["conditions"] is JsonArray { Count: > 0 })
        {
            return;
        }
        status["conditions"] = new JsonArray(
            Condition("NamesAccepted", "NoConflicts", "no conflicts found", now),
            Condition("Established", "InitialNamesAccepted", "the initial names have been accepted", now));
    }

    private static JsonObject Condition(string type, string reason, string message, DateTimeOffset now) => new()
    {
        ["type"] = type,
        ["status"] = "True",
        ["lastTransitionTime"] = now.ToTimestamp(),
        ["reason"] = reason,
        ["message"] = message,
    };
}
