using System.Text.Json.Nodes;

namespace Mesh.Cli.Install;

/// <summary>Something about an installation that can be chosen with <c>--set</c> and <c>--values</c>.</summary>
/// <param name="Name">Such as <c>silo.replicas</c>; of a map, what comes before the names in it.</param>
/// <param name="Kind">What it can be.</param>
/// <param name="Meaning">One or two sentences for a person.</param>
/// <param name="Apply">Puts a value of this kind into the manifests; of a map, an object with all that were given.</param>
/// <param name="Default">Reads from untouched manifests what holds when nobody says anything; null when that is nothing.</param>
internal sealed record InstallValue(
    string Name, ValueKind Kind, string Meaning, Action<ManifestObjects, JsonNode> Apply, Func<ManifestObjects, JsonNode?> Default)
{
    private const string VariablesPath = "spec/template/spec/containers/0/env";

    /// <summary>The name as one writes it, with a stand-in for a map's names.</summary>
    public string Title => Kind.IsMap ? $"{Name}.NAME" : Name;

    /// <summary>A value that is one or more fields of the manifests.</summary>
    public static InstallValue Of(string name, ValueKind kind, string meaning, params (string Kind, string Name, string Path)[] fields) => new(
        name, kind, meaning,
        (objects, value) =>
        {
            foreach (var field in fields)
            {
                objects.Set(field.Kind, field.Name, field.Path, value);
            }
        },
        objects => objects.Get(fields[0].Kind, fields[0].Name, fields[0].Path));

    /// <summary>A map whose entries become fields.</summary>
    public static InstallValue Fields(string name, ValueKind kind, string meaning, (string Kind, string Name, string Path) parent) => new(
        name, kind, meaning,
        (objects, value) => objects.Set(parent.Kind, parent.Name, parent.Path, value),
        _ => null);

    /// <summary>A map whose entries become environment variables of a workload's first container.</summary>
    public static InstallValue Variables(string name, string meaning, (string Kind, string Name) workload) => new(
        name, ValueKind.Environment, meaning, (objects, value) => SetVariables(objects, workload, value.AsObject()), _ => null);

    /// <summary>A value that is one environment variable of a workload's first container; the program has the default.</summary>
    public static InstallValue Variable(string name, ValueKind kind, string meaning, string variable, string fallback, (string Kind, string Name) workload) => new(
        name, kind, meaning,
        (objects, value) => SetVariables(objects, workload, new JsonObject { [variable] = value.ToString() }),
        _ => fallback);

    /// <summary>Gives a workload's first container variables, instead of those it has by these names.</summary>
    public static void SetVariables(ManifestObjects objects, (string Kind, string Name) workload, JsonObject values)
    {
        var variables = objects.Get(workload.Kind, workload.Name, VariablesPath)!.DeepClone().AsArray();
        foreach (var (variable, text) in values)
        {
            var entry = new JsonObject { ["name"] = variable, ["value"] = text!.ToString() };
            if (variables.Select((v, i) => (Name: (string?)v!["name"], Index: i)).FirstOrDefault(v => v.Name == variable) is { Name: not null } existing)
            {
                variables[existing.Index] = entry;
            }
            else
            {
                variables.Add((JsonNode)entry);
            }
        }
        objects.Set(workload.Kind, workload.Name, VariablesPath, variables);
    }
}
