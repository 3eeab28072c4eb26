using System.Text.Json.Nodes;
using Mesh.Sandbox.Api.Json;

namespace Mesh.Sandbox.Api.Validation;

/// <summary>Validation of CustomResourceDefinitions.</summary>
internal static class DefinitionValidation
{
    public static void Check(JsonObject definition, List<FieldError> errors)
    {
        var spec = definition.Map("spec") ?? [];
        foreach (var field in (ReadOnlySpan<string>)["group", "scope"])
        {
            if (string.IsNullOrEmpty(spec.Text(field)))
            {
                errors.Add(FieldError.Required($"spec.{field}"));
            }
        }
        foreach (var field in (ReadOnlySpan<string>)["plural", "kind"])
        {
            if (string.IsNullOrEmpty(spec.Text("names", field)))
            {
                errors.Add(FieldError.Required($"spec.names.{field}"));
            }
        }
        if (spec.Text("scope") is { Length: > 0 } scope && scope is not ("Cluster" or "Namespaced"))
        {
            errors.Add(FieldError.NotSupported("spec.scope", scope, ["Cluster", "Namespaced"]));
        }
        var expected = $"{spec.Text("names", "plural")}.{spec.Text("group")}";
        var name = definition.Text("metadata", "name");
        if (errors.Count == 0 && name != expected)
        {
            errors.Add(FieldError.Invalid("metadata.name", name, "must be spec.names.plural+\".\"+spec.group"));
        }
        CheckVersions(spec, errors);
    }

    private static void CheckVersions(JsonObject spec, List<FieldError> errors)
    {
        var versions = spec.Objects("versions").ToList();
        if (versions.Count(v => v.Flag("storage") == true) != 1)
        {
            errors.Add(new("FieldValueInvalid", "spec.versions", "Invalid value: must have exactly one version marked as storage version"));
        }
        var names = new HashSet<string>();
        for (var i = 0; i < versions.Count; i++)
        {
            var field = $"spec.versions[{i}]";
            var version = versions[i].Text("name");
            if (string.IsNullOrEmpty(version))
            {
                errors.Add(FieldError.Required($"{field}.name"));
            }
            else if (Names.CheckLabel(version) is { } wrong)
            {
                errors.Add(FieldError.Invalid($"{field}.name", version, wrong));
            }
            else if (!names.Add(version))
            {
                errors.Add(FieldError.Duplicate($"{field}.name", version));
            }
            if (versions[i].Map("schema", "openAPIV3Schema") is not { } schema)
            {
                errors.Add(FieldError.Required($"{field}.schema.openAPIV3Schema", "schemas are required"));
            }
            else if (schema.Text("type") != "object")
            {
                errors.Add(FieldError.Invalid($"{field}.schema.openAPIV3Schema.type", schema.Text("type"), "must be object at the root"));
            }
        }
    }
}
