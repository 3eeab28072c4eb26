using System.Globalization;
using System.Text.Json.Nodes;
using Mesh.Grains.Observed;
using Mesh.Kubernetes;

namespace Mesh.Silo.Writing;

/// <summary>The JSON of status subresources.</summary>
internal static class StatusManifest
{
    public static PatchOptions Options { get; } = new(Subresource: "status");

    /// <summary>
    /// Replaces one list of the status, if the object still is the one with this uid: otherwise the API server answers 409.
    /// </summary>
    public static KubernetesPatch Patch(string uid, string field, JsonArray list) => KubernetesPatch.Merge(new JsonObject
    {
        ["metadata"] = new JsonObject { ["uid"] = uid },
        ["status"] = new JsonObject { [field] = list },
    });

    public static JsonObject Condition(ObservedCondition condition)
    {
        var json = new JsonObject
        {
            ["type"] = condition.Type,
            ["status"] = condition.Status,
            ["reason"] = condition.Reason,
            ["message"] = condition.Message,
            ["lastTransitionTime"] = Time(condition.LastTransitionTime),
        };
        if (condition.ObservedGeneration > 0)
        {
            json["observedGeneration"] = condition.ObservedGeneration;
        }
        return json;
    }

    public static JsonObject MirrorService(ObservedLinkServiceStatus status) => new()
    {
        ["controllerName"] = status.ControllerName,
        ["remoteRef"] = Reference(status.RemoteNamespace, status.RemoteName),
        ["conditions"] = new JsonArray([.. status.Conditions.Select(c => LinkCondition(c, status))]),
    };

    public static string Time(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static JsonObject LinkCondition(ObservedCondition condition, ObservedLinkServiceStatus status)
    {
        var json = Condition(condition);
        // Not a field of Linkerd's Link conditions.
        json.Remove("observedGeneration");
        if (status.LocalName.Length > 0)
        {
            json["localRef"] = Reference(status.LocalNamespace, status.LocalName);
        }
        return json;
    }

    private static JsonObject Reference(string ns, string name) => new()
    {
        ["group"] = "",
        ["kind"] = "Service",
        ["namespace"] = ns,
        ["name"] = name,
    };
}
