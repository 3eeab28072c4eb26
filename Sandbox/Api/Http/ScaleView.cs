using System.Text.Json.Nodes;
using Mesh.Sandbox.Api.Json;
using Mesh.Sandbox.Api.Printing;
using Mesh.Sandbox.Api.Storage;
using Mesh.Sandbox.Api.Types;
using Mesh.Sandbox.Api.Validation;

namespace Mesh.Sandbox.Api.Http;

/// <summary>An object seen as an autoscaling/v1 Scale: only how many replicas it has.</summary>
internal static class ScaleView
{
    public static JsonObject Of(ResourceType type, string version, StoredObject stored)
    {
        var item = stored.Json;
        var (specPath, statusPath) = Paths(type, version);
        var metadata = new JsonObject();
        foreach (var field in (ReadOnlySpan<string>)["name", "namespace", "uid", "resourceVersion", "creationTimestamp"])
        {
            if (item.At("metadata", field) is { } value)
            {
                metadata[field] = value.DeepClone();
            }
        }
        var selector = item.Map("spec", "selector");
        var status = new JsonObject { ["replicas"] = item.At(statusPath)?.DeepClone() ?? 0 };
        if (selector is not null && !type.IsCustom)
        {
            status["selector"] = BuiltInColumns.Selector(selector);
        }
        return new JsonObject
        {
            ["kind"] = "Scale",
            ["apiVersion"] = "autoscaling/v1",
            ["metadata"] = metadata,
            ["spec"] = new JsonObject { ["replicas"] = item.At(specPath)?.DeepClone() ?? 0 },
            ["status"] = status,
        };
    }

    /// <summary>Sets the replicas of <paramref name="item"/> to what <paramref name="scale"/> says.</summary>
    public static JsonObject Apply(ResourceType type, string version, JsonObject item, JsonObject scale)
    {
        var replicas = scale.Integer("spec", "replicas") ?? 0;
        if (replicas < 0)
        {
            throw ApiErrors.Invalid(type, item.Text("metadata", "name") ?? "",
                [FieldError.Invalid("spec.replicas", replicas, "must be greater than or equal to 0")]);
        }
        var path = Paths(type, version).Spec;
        var parent = item;
        foreach (var step in path[..^1])
        {
            parent = parent.Child(step);
        }
        parent[path[^1]] = replicas;
        return item;
    }

    private static (string[] Spec, string[] Status) Paths(ResourceType type, string version) =>
        type.Custom.GetValueOrDefault(version)?.Scale is { } scale
            ? (Split(scale.Text("specReplicasPath")), Split(scale.Text("statusReplicasPath")))
            : (["spec", "replicas"], ["status", "replicas"]);

    private static string[] Split(string? path) => (path ?? "").Split('.', StringSplitOptions.RemoveEmptyEntries);
}
