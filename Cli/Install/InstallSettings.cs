using System.Text.Json.Nodes;
using Mesh.Cli.CommandLine;
using Mesh.Kubernetes;

namespace Mesh.Cli.Install;

/// <summary>The values somebody has given, each source over the one before. What nobody gave is as the manifests say.</summary>
internal sealed class InstallSettings
{
    private readonly Dictionary<string, JsonNode> _given = [];

    /// <summary>What was given for a value; null when nothing was.</summary>
    public JsonNode? this[string name] => _given.GetValueOrDefault(name);

    public bool IsOn(string name) => this[name]?.GetValue<bool>() == true;

    /// <summary>Values as nested YAML. A null in it leaves a value as it was.</summary>
    /// <param name="yaml">One document; none at all is as good as an empty one.</param>
    /// <param name="source">What to call it in errors.</param>
    /// <exception cref="UsageException">It is not YAML, a name is not known, or a value is not what it must be.</exception>
    public void AddFile(string yaml, string source)
    {
        IReadOnlyList<JsonNode?> documents;
        try
        {
            documents = KubernetesYaml.Read(yaml);
        }
        catch (FormatException e)
        {
            throw new UsageException($"{source} is {e.Message.ReplaceLineEndings(" ")}");
        }
        if (documents.Count > 1)
        {
            throw new UsageException($"{source} has {documents.Count} YAML documents; values are one. Give the others as files of their own.");
        }
        switch (documents.FirstOrDefault())
        {
            case null:
                break;
            case JsonObject values:
                AddNested("", values, source);
                break;
            default:
                throw new UsageException($"{source} is not a mapping of values, such as silo: {{ replicas: 3 }}.");
        }
    }

    /// <summary>A <c>--set</c>: <c>name=value</c>, or several of them separated by commas; <c>\,</c> is a comma inside of a value.</summary>
    /// <exception cref="UsageException">It is not of that form, a name is not known, or a value is not what it must be.</exception>
    public void AddAssignments(string assignments)
    {
        foreach (var assignment in assignments.Replace("\\,", "\0", StringComparison.Ordinal).Split(',').Select(a => a.Replace('\0', ',')))
        {
            var equals = assignment.IndexOf('=');
            if (equals <= 0 || equals == assignment.Length - 1)
            {
                throw new UsageException($"--set {assignment}: write it as name=value, and a comma inside of a value as \\,");
            }
            Add(assignment[..equals].Replace("\\.", ".", StringComparison.Ordinal), assignment[(equals + 1)..], fromText: true, "--set");
        }
    }

    /// <summary>One value as text, from a flag of its own.</summary>
    /// <param name="name">The value's name.</param>
    /// <param name="text">Null: the flag was not given.</param>
    /// <param name="flag">What to call it in errors.</param>
    /// <exception cref="UsageException">The value is not what it must be.</exception>
    public void AddFlag(string name, string? text, string flag)
    {
        if (text is not null)
        {
            Add(name, text, fromText: true, flag);
        }
    }

    /// <summary>Puts everything that was given into the manifests.</summary>
    public void Apply(ManifestObjects objects)
    {
        foreach (var value in InstallCatalog.All)
        {
            if (_given.TryGetValue(value.Name, out var given))
            {
                value.Apply(objects, given);
            }
        }
    }

    private void AddNested(string prefix, JsonObject values, string source)
    {
        foreach (var (key, node) in values)
        {
            var name = prefix + key;
            if (InstallCatalog.All.Any(v => v.Name == name))
            {
                if (node is not null)
                {
                    Add(name, node, fromText: false, source);
                }
            }
            else if (!InstallCatalog.All.Any(v => v.Name.StartsWith(name + ".", StringComparison.Ordinal)))
            {
                throw Unknown(name, source);
            }
            else if (node is JsonObject inner)
            {
                AddNested(name + ".", inner, source);
            }
            else if (node is not null)
            {
                var below = InstallCatalog.All.Where(v => v.Name.StartsWith(name + ".", StringComparison.Ordinal)).Select(v => v.Title[(name.Length + 1)..]);
                throw new UsageException($"{source}: {name} is {node.ToJsonString()}, and must be a mapping of {string.Join(", ", below)}.");
            }
        }
    }

    private void Add(string name, JsonNode given, bool fromText, string source)
    {
        if (InstallCatalog.All.FirstOrDefault(v => v.Name == name) is { } value)
        {
            if (!value.Kind.IsMap)
            {
                _given[name] = value.Kind.Accept(given, fromText) ?? throw Wrong(name, given, value.Kind, source);
            }
            else if (given is JsonObject entries)
            {
                foreach (var (key, entry) in entries)
                {
                    AddEntry(value, key, entry, fromText, source);
                }
            }
            else
            {
                throw new UsageException($"{source}: {name} is {given.ToJsonString()}, and must be names with values: {value.Title}.");
            }
        }
        else if (InstallCatalog.All.FirstOrDefault(v => v.Kind.IsMap && name.StartsWith(v.Name + ".", StringComparison.Ordinal)) is { } map)
        {
            AddEntry(map, name[(map.Name.Length + 1)..], given, fromText, source);
        }
        else
        {
            throw Unknown(name, source);
        }
    }

    private void AddEntry(InstallValue map, string key, JsonNode? given, bool fromText, string source)
    {
        if (!map.Kind.AcceptsName(key))
        {
            throw new UsageException($"{source}: {map.Name}.{key} cannot be: \"{key}\" is not a name there.");
        }
        if (given is not null)
        {
            var entries = _given.TryGetValue(map.Name, out var existing) ? existing.AsObject() : [];
            entries[key] = map.Kind.Accept(given, fromText) ?? throw Wrong($"{map.Name}.{key}", given, map.Kind, source);
            _given[map.Name] = entries;
        }
    }

    private static UsageException Wrong(string name, JsonNode given, ValueKind kind, string source) =>
        new($"{source}: {name} is {given.ToJsonString()}, and must be {kind.Rule}.");

    private static UsageException Unknown(string name, string source)
    {
        var nearest = NearestName.Of(name, InstallCatalog.All.Select(v => v.Title));
        return new UsageException($"{source}: there is no value {name}. {(nearest is null ? "" : $"Did you mean {nearest}? ")}docs/install-values.md lists them all.");
    }
}
