using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using Mesh.Grains.Observed;
using Mesh.Kubernetes;
using Mesh.Kubernetes.Resources;

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

    /// <summary>
    /// Makes the mesh's entries of status.parents exactly these; those of other controllers stay. If the route is not as
    /// <paramref name="existing"/> any more, or is another one than that with the uid, the API server answers 409.
    /// </summary>
    public static KubernetesPatch RouteParents(
        GenericResource existing, string uid, ImmutableArray<ObservedRouteParentStatus> parents)
    {
        var others = (existing.Json["status"]?["parents"] as JsonArray ?? [])
            .OfType<JsonObject>()
            .Where(parent => parent["controllerName"]?.ToString() != ObservedRoute.Controller)
            .Select(parent => parent.DeepClone());
        var ours = parents.Select(JsonNode (parent) => new JsonObject
        {
            ["parentRef"] = ParentReference(parent.Parent),
            ["controllerName"] = ObservedRoute.Controller,
            ["conditions"] = new JsonArray([.. parent.Conditions.Select(Condition)]),
        });
        return KubernetesPatch.Merge(new JsonObject
        {
            ["metadata"] = new JsonObject { ["uid"] = uid, ["resourceVersion"] = existing.Metadata.ResourceVersion },
            ["status"] = new JsonObject { ["parents"] = new JsonArray([.. others, .. ours]) },
        });
    }

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

    private static JsonObject ParentReference(ObservedRouteParent parent)
    {
        var json = new JsonObject { ["name"] = parent.Name };
        foreach (var (field, value) in new[]
        {
            ("group", parent.Group), ("kind", parent.Kind), ("namespace", parent.Namespace), ("sectionName", parent.SectionName),
        })
        {
            if (value is not null)
            {
                json[field] = value;
            }
        }
        if (parent.Port is { } port)
        {
            json["port"] = port;
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
