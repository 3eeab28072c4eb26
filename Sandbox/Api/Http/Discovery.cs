using System.Text.Json.Nodes;
using Mesh.Sandbox.Api.Json;
using Mesh.Sandbox.Api.Types;

namespace Mesh.Sandbox.Api.Http;

/// <summary>The documents by which clients find out what the server has.</summary>
internal sealed class Discovery
{
    private static readonly string[] StoredVerbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
    private static readonly string[] ReviewVerbs = ["create"];
    private static readonly string[] PartVerbs = ["get", "patch", "update"];

    private readonly ResourceCatalog _catalog;

    public Discovery(ResourceCatalog catalog) => _catalog = catalog;

    public static JsonObject CoreVersions(string address) => new()
    {
        ["kind"] = "APIVersions",
        ["versions"] = new JsonArray("v1"),
        ["serverAddressByClientCIDRs"] = new JsonArray(new JsonObject { ["clientCIDR"] = "0.0.0.0/0", ["serverAddress"] = address }),
    };

    public JsonObject GroupList() => new()
    {
        ["kind"] = "APIGroupList",
        ["apiVersion"] = "v1",
        ["groups"] = Groups().Where(g => g.Name.Length > 0).Select(g => GroupEntry(g.Name, g.Versions)).ToJsonArray(),
    };

    /// <summary>Null when there is no such group.</summary>
    public JsonObject? Group(string name)
    {
        if (Groups().FirstOrDefault(g => g.Name == name) is not { Name.Length: > 0 } found)
        {
            return null;
        }
        var entry = GroupEntry(found.Name, found.Versions);
        entry["kind"] = "APIGroup";
        entry["apiVersion"] = "v1";
        return entry;
    }

    /// <summary>Null when there is no such group version.</summary>
    public JsonObject? Resources(string group, string version)
    {
        var types = _catalog.TypesAndReviews
            .Where(t => t.Group == group && t.Serves(version))
            .OrderBy(t => t.Plural, StringComparer.Ordinal)
            .ToList();
        if (types.Count == 0)
        {
            return null;
        }
        return new JsonObject
        {
            ["kind"] = "APIResourceList",
            ["apiVersion"] = "v1",
            ["groupVersion"] = ResourceType.ApiVersionOf(group, version),
            ["resources"] = types.SelectMany(t => Entries(t, version)).ToJsonArray(),
        };
    }

    /// <summary>Everything in one document, as newer clients ask for.</summary>
    /// <param name="format"><c>v2</c> or <c>v2beta1</c>.</param>
    /// <param name="core">The core group, or all the others.</param>
    public JsonObject Aggregated(string format, bool core) => new()
    {
        ["kind"] = "APIGroupDiscoveryList",
        ["apiVersion"] = $"apidiscovery.k8s.io/{format}",
        ["metadata"] = new JsonObject(),
        ["items"] = Groups().Where(g => g.Name.Length == 0 == core).Select(AggregatedGroup).ToJsonArray(),
    };

    private JsonObject AggregatedGroup((string Name, List<string> Versions) group) => new()
    {
        ["metadata"] = group.Name.Length == 0 ? new JsonObject() : new JsonObject { ["name"] = group.Name },
        ["versions"] = group.Versions.Select(version => new JsonObject
        {
            ["version"] = version,
            ["freshness"] = "Current",
            ["resources"] = _catalog.TypesAndReviews
                .Where(t => t.Group == group.Name && t.Serves(version))
                .OrderBy(t => t.Plural, StringComparer.Ordinal)
                .Select(t => AggregatedResource(t, version))
                .ToJsonArray(),
        }).ToJsonArray(),
    };

    private JsonObject AggregatedResource(ResourceType type, string version)
    {
        var entry = new JsonObject
        {
            ["resource"] = type.Plural,
            ["responseKind"] = Kind(type.Group, version, type.Kind),
            ["scope"] = type.Namespaced ? "Namespaced" : "Cluster",
            ["singularResource"] = type.Singular,
            ["verbs"] = VerbsOf(type).ToJsonArray(),
        };
        AddNames(entry, type);
        var parts = Parts(type, version).Select(part => new JsonObject
        {
            ["subresource"] = part.Name,
            ["responseKind"] = Kind(part.Group ?? type.Group, part.Version ?? version, part.Kind),
            ["verbs"] = part.Verbs.ToJsonArray(),
        }).ToJsonArray();
        if (parts.Count > 0)
        {
            entry["subresources"] = parts;
        }
        return entry;
    }

    private IEnumerable<JsonObject> Entries(ResourceType type, string version)
    {
        var entry = new JsonObject
        {
            ["name"] = type.Plural,
            ["singularName"] = type.Singular,
            ["namespaced"] = type.Namespaced,
            ["kind"] = type.Kind,
            ["verbs"] = VerbsOf(type).ToJsonArray(),
        };
        AddNames(entry, type);
        yield return entry;
        foreach (var part in Parts(type, version))
        {
            var item = new JsonObject
            {
                ["name"] = $"{type.Plural}/{part.Name}",
                ["singularName"] = "",
                ["namespaced"] = type.Namespaced,
            };
            if (part.Group is not null)
            {
                item["group"] = part.Group;
                item["version"] = part.Version;
            }
            item["kind"] = part.Kind;
            item["verbs"] = part.Verbs.ToJsonArray();
            yield return item;
        }
    }

    private static void AddNames(JsonObject entry, ResourceType type)
    {
        if (type.ShortNames.Count > 0)
        {
            entry["shortNames"] = type.ShortNames.ToJsonArray();
        }
        if (type.Categories.Count > 0)
        {
            entry["categories"] = type.Categories.ToJsonArray();
        }
    }

    private static IEnumerable<Subresource> Parts(ResourceType type, string version)
    {
        var custom = type.Custom.GetValueOrDefault(version);
        if (custom?.HasStatus ?? type.HasStatus)
        {
            yield return new("status", type.Kind, PartVerbs);
        }
        if (custom is null ? type.HasScale : custom.Scale is not null)
        {
            yield return new("scale", "Scale", PartVerbs, "autoscaling", "v1");
        }
        foreach (var part in type.Subresources)
        {
            yield return part;
        }
    }

    private string[] VerbsOf(ResourceType type) => _catalog.FindReview(type.Group, type.Plural) is null ? StoredVerbs : ReviewVerbs;

    private List<(string Name, List<string> Versions)> Groups() =>
        [.. _catalog.TypesAndReviews
            .GroupBy(t => t.Group)
            .OrderBy(g => g.Key, StringComparer.Ordinal)
            .Select(g => (g.Key, g.SelectMany(t => t.Versions).Distinct().OrderByDescending(v => v, VersionPriority.Instance).ToList()))];

    private static JsonObject GroupEntry(string name, List<string> versions)
    {
        return new JsonObject
        {
            ["name"] = name,
            ["versions"] = versions.Select(Version).ToJsonArray(),
            ["preferredVersion"] = Version(versions[0]),
        };

        JsonObject Version(string version) => new() { ["groupVersion"] = $"{name}/{version}", ["version"] = version };
    }

    private static JsonObject Kind(string group, string version, string kind) =>
        new() { ["group"] = group, ["version"] = version, ["kind"] = kind };
}
