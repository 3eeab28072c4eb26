using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Mesh.Sandbox.Api.Json;

namespace Mesh.Sandbox.Api.Types;

/// <summary>Which resources exist right now. Readers take an immutable snapshot; custom definitions come and go.</summary>
internal sealed class ResourceCatalog
{
    private readonly Lock _lock = new();
    private readonly ImmutableDictionary<string, ResourceType> _reviews;
    private volatile ImmutableDictionary<string, ResourceType> _types;

    public ResourceCatalog()
    {
        _types = BuiltInTypes.All.ToImmutableDictionary(t => t.Key);
        _reviews = BuiltInTypes.Reviews.ToImmutableDictionary(t => t.Key);
    }

    /// <summary>All stored types, in no particular order.</summary>
    public IEnumerable<ResourceType> Types => _types.Values;

    /// <summary>Everything discovery shows.</summary>
    public IEnumerable<ResourceType> TypesAndReviews => _types.Values.Concat(_reviews.Values);

    public ResourceType? Find(string group, string plural) => _types.GetValueOrDefault(ResourceType.KeyOf(group, plural));

    public ResourceType? FindReview(string group, string plural) => _reviews.GetValueOrDefault(ResourceType.KeyOf(group, plural));

    public ResourceType this[string key] => _types[key];

    public ResourceType? FindKind(string apiVersion, string kind)
    {
        var slash = apiVersion.IndexOf('/');
        var (group, version) = slash < 0 ? ("", apiVersion) : (apiVersion[..slash], apiVersion[(slash + 1)..]);
        return _types.Values.FirstOrDefault(t => t.Group == group && t.Kind == kind && t.Serves(version));
    }

    /// <summary>Takes up (or replaces) what a CustomResourceDefinition defines.</summary>
    public void Define(JsonObject definition)
    {
        var type = FromDefinition(definition);
        lock (_lock)
        {
            _types = _types.SetItem(type.Key, type);
        }
    }

    public void Remove(string key)
    {
        lock (_lock)
        {
            _types = _types.Remove(key);
        }
    }

    /// <summary>Reads a CustomResourceDefinition that has passed validation.</summary>
    public static ResourceType FromDefinition(JsonObject definition)
    {
        var names = definition.Map("spec", "names") ?? [];
        var versions = definition.Objects("spec", "versions").ToList();
        var custom = new Dictionary<string, CustomVersion>();
        foreach (var version in versions.Where(v => v.Flag("served") == true))
        {
            var warning = version.Flag("deprecated") == true
                ? version.Text("deprecationWarning")
                    ?? $"{definition.Text("spec", "group")}/{version.Text("name")} {names.Text("kind")} is deprecated"
                : null;
            custom[version.Text("name")!] = new(
                version.Map("schema", "openAPIV3Schema"),
                version.Map("subresources", "status") is not null,
                version.Objects("additionalPrinterColumns").ToList(),
                warning,
                version.Map("subresources", "scale"));
        }
        var kind = names.Text("kind")!;
        return new ResourceType
        {
            Group = definition.Text("spec", "group")!,
            Versions = [.. custom.Keys.OrderByDescending(v => v, VersionPriority.Instance)],
            StorageVersion = versions.First(v => v.Flag("storage") == true).Text("name")!,
            Kind = kind,
            Plural = names.Text("plural")!,
            Singular = names.Text("singular") ?? kind.ToLowerInvariant(),
            ShortNames = [.. names.Texts("shortNames")],
            Categories = [.. names.Texts("categories")],
            Namespaced = definition.Text("spec", "scope") == "Namespaced",
            HasStatus = custom.Values.Any(v => v.HasStatus),
            HasScale = custom.Values.Any(v => v.Scale is not null),
            Custom = custom,
        }.Keyed();
    }
}
