using System.Text.Json.Nodes;

namespace Mesh.Kubernetes;

/// <summary>A change to an object, in one of the forms the API server takes.</summary>
public sealed record KubernetesPatch
{
    private KubernetesPatch(string contentType, JsonNode body)
    {
        ContentType = contentType;
        Body = body;
    }

    public string ContentType { get; }

    public JsonNode Body { get; }

    /// <summary>RFC 7386: fields given replace, null deletes, lists are replaced whole. Works for every kind.</summary>
    public static KubernetesPatch Merge(JsonNode patch) => new("application/merge-patch+json", patch);

    /// <summary>RFC 6902: a list of operations, applied in order, all or none.</summary>
    public static KubernetesPatch Json(JsonArray operations) => new("application/json-patch+json", operations);

    /// <summary>Kubernetes' own merge, which knows the keys of lists. Built-in kinds only.</summary>
    public static KubernetesPatch Strategic(JsonNode patch) => new("application/strategic-merge-patch+json", patch);

    /// <summary>Server-side apply of a whole object; needs <see cref="PatchOptions.FieldManager"/>. JSON is valid YAML.</summary>
    public static KubernetesPatch Apply(JsonNode resource) => new("application/apply-patch+yaml", resource);
}
