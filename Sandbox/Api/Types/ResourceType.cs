using System.Text.Json.Nodes;

namespace Mesh.Sandbox.Api.Types;

/// <summary>One kind of object the server keeps, built in or defined by a CustomResourceDefinition.</summary>
internal sealed record ResourceType
{
    public required string Group { get; init; }

    /// <summary>Served versions, the preferred one first.</summary>
    public required IReadOnlyList<string> Versions { get; init; }

    /// <summary>The version objects are kept in. Served versions differ from it only in <c>apiVersion</c>.</summary>
    public required string StorageVersion { get; init; }

    public required string Kind { get; init; }

    public required string Plural { get; init; }

    public string Singular { get; init; } = "";

    public string ListKind => $"{Kind}List";

    public IReadOnlyList<string> ShortNames { get; init; } = [];

    public IReadOnlyList<string> Categories { get; init; } = [];

    public bool Namespaced { get; init; } = true;

    public bool HasStatus { get; init; }

    public bool HasScale { get; init; }

    /// <summary>Discovery entries of subresources other than status and scale: name and kind, verbs.</summary>
    public IReadOnlyList<Subresource> Subresources { get; init; } = [];

    /// <summary>For a custom resource what its definition says of each served version; empty for built-in types.</summary>
    public IReadOnlyDictionary<string, CustomVersion> Custom { get; init; } = EmptyCustom;

    public bool IsCustom => Custom.Count > 0;

    /// <summary>The name with the group, such as <c>pods</c> or <c>deployments.apps</c>: what messages and the store call it.</summary>
    public string Key { get; private init; } = "";

    private static readonly Dictionary<string, CustomVersion> EmptyCustom = [];

    public static string KeyOf(string group, string plural) => group.Length == 0 ? plural : $"{plural}.{group}";

    public static string ApiVersionOf(string group, string version) => group.Length == 0 ? version : $"{group}/{version}";

    public string ApiVersion(string version) => ApiVersionOf(Group, version);

    public bool Serves(string version) => Versions.Contains(version);

    /// <summary>This type with <see cref="Key"/> filled in.</summary>
    public ResourceType Keyed() =>
        this with { Key = KeyOf(Group, Plural), Singular = Singular.Length > 0 ? Singular : Kind.ToLowerInvariant() };

    /// <summary>Where one of these lives in the API, for self links in messages and proxies.</summary>
    public string Path(string version, string? ns, string? name)
    {
        var root = Group.Length == 0 ? $"/api/{version}" : $"/apis/{Group}/{version}";
        var scope = Namespaced && !string.IsNullOrEmpty(ns) ? $"/namespaces/{ns}" : "";
        return name is null ? $"{root}{scope}/{Plural}" : $"{root}{scope}/{Plural}/{name}";
    }

    /// <summary>The object as clients of <paramref name="version"/> see it; the same instance where nothing differs.</summary>
    public JsonObject InVersion(JsonObject stored, string version)
    {
        if (version == StorageVersion)
        {
            return stored;
        }
        var copy = (JsonObject)stored.DeepClone();
        copy["apiVersion"] = ApiVersion(version);
        return copy;
    }
}
