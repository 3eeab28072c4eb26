using System.Text.Json.Nodes;
using Mesh.Sandbox.Api.Json;
using Mesh.Sandbox.Api.Types;

namespace Mesh.Sandbox.Api.Validation;

/// <summary>What holds for the metadata of every object.</summary>
internal static class MetadataValidation
{
    public static List<FieldError> Check(ResourceType type, JsonObject item)
    {
        var errors = new List<FieldError>();
        var name = item.Text("metadata", "name") ?? "";
        if (Names.Check(type.Key, name) is { } wrong)
        {
            errors.Add(FieldError.Invalid("metadata.name", name, wrong));
        }
        CheckStrings(item, "labels", errors, value => Names.CheckLabelValue(value));
        CheckStrings(item, "annotations", errors, _ => null);
        var index = 0;
        foreach (var owner in item.Objects("metadata", "ownerReferences"))
        {
            foreach (var field in (ReadOnlySpan<string>)["apiVersion", "kind", "name", "uid"])
            {
                if (string.IsNullOrEmpty(owner.Text(field)))
                {
                    errors.Add(FieldError.Invalid($"metadata.ownerReferences[{index}].{field}", "", $"{field} must not be empty"));
                }
            }
            index++;
        }
        return errors;
    }

    private static void CheckStrings(JsonObject item, string field, List<FieldError> errors, Func<string, string?> check)
    {
        if (item.Map("metadata", field) is not { } map)
        {
            return;
        }
        foreach (var (key, node) in map)
        {
            // Annotation keys may have upper case prefixes; labels may not.
            if (Names.CheckQualified(field == "annotations" ? key.ToLowerInvariant() : key) is { } wrong)
            {
                errors.Add(FieldError.Invalid($"metadata.{field}", key, wrong));
            }
            if (node.Text() is not { } value)
            {
                throw ApiErrors.BadRequest(
                    $"{item.Text("kind")} in version \"{item.Text("apiVersion")}\" cannot be handled as a {item.Text("kind")}: json: cannot "
                    + $"unmarshal {(node is null ? "null" : node.GetValueKind().ToString().ToLowerInvariant())} into Go struct field "
                    + $"ObjectMeta.metadata.{field} of type string");
            }
            if (check(value) is { } wrongValue)
            {
                errors.Add(FieldError.Invalid($"metadata.{field}", value, wrongValue));
            }
        }
    }
}
