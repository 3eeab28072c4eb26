using System.Text;
using System.Text.Json.Nodes;
using Mesh.Kubernetes;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace Mesh.Cli.Inject;

/// <summary>Adds annotations to one YAML document by adding lines to its text.</summary>
internal static class AnnotationText
{
    /// <param name="text">The document.</param>
    /// <param name="path">Where the object is that has the metadata; empty: the document itself.</param>
    /// <param name="annotations">To set, also where they have other values.</param>
    /// <returns>Null when lines cannot be added to it: flow style, or something unusual at that place.</returns>
    public static string? TryAdd(string text, IReadOnlyList<string> path, IReadOnlyDictionary<string, string> annotations)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        var owner = stream.Documents[0].RootNode as YamlMappingNode;
        foreach (var field in path)
        {
            owner = Block(owner, field);
        }
        if (owner is not { Style: not MappingStyle.Flow } || owner.Children.Count == 0)
        {
            return null;
        }
        string? result;
        if (!owner.Children.ContainsKey("metadata"))
        {
            result = Insert(text, owner, ["metadata:", "  annotations:", .. Lines(annotations, 4)]);
        }
        else if (Block(owner, "metadata") is not { Children.Count: > 0 } metadata)
        {
            return null;
        }
        else if (!metadata.Children.ContainsKey("annotations"))
        {
            result = Insert(text, metadata, ["annotations:", .. Lines(annotations, 2)]);
        }
        else if (Block(metadata, "annotations") is { Children.Count: > 0 } present)
        {
            result = Replace(text, present, annotations);
        }
        else
        {
            return null;
        }
        return result is not null && IsRight(text, result, path, annotations) ? result : null;
    }

    private static YamlMappingNode? Block(YamlMappingNode? owner, string field) =>
        owner?.Children.TryGetValue(field, out var node) == true && node is YamlMappingNode { Style: not MappingStyle.Flow } mapping ? mapping : null;

    private static IEnumerable<string> Lines(IReadOnlyDictionary<string, string> annotations, int indent) =>
        annotations.Select(a => $"{new string(' ', indent)}{a.Key}: {Scalar(a.Value)}");

    private static string Scalar(string value) => KubernetesYaml.Write(JsonValue.Create(value)).TrimEnd('\n');

    /// <summary>Puts lines before a mapping's first key, as deep as that.</summary>
    private static string? Insert(string text, YamlMappingNode mapping, IEnumerable<string> added)
    {
        var lines = text.Split('\n').ToList();
        var first = mapping.Children.Keys.First().Start;
        var (row, column) = ((int)first.Line - 1, (int)first.Column - 1);
        if (row < 0 || row >= lines.Count || column > lines[row].Length)
        {
            return null;
        }
        var before = lines[row][..column];
        var indent = new string(' ', column);
        var block = added.Select(l => indent + l).ToList();
        if (before.Trim().Length > 0)
        {
            // The mapping begins after something else on the line ("- name: x").
            return null;
        }
        lines.InsertRange(row, block);
        return string.Join('\n', lines);
    }

    private static string? Replace(string text, YamlMappingNode present, IReadOnlyDictionary<string, string> annotations)
    {
        var lines = text.Split('\n').ToList();
        var missing = new Dictionary<string, string>(annotations);
        foreach (var (key, value) in present.Children)
        {
            if (key is not YamlScalarNode { Value: { } name } || !missing.Remove(name, out var wanted))
            {
                continue;
            }
            if (value is not YamlScalarNode || value.Start.Line != value.End.Line || value.End.Column <= value.Start.Column)
            {
                return null;
            }
            var row = (int)value.Start.Line - 1;
            lines[row] = lines[row][..((int)value.Start.Column - 1)] + Scalar(wanted) + lines[row][((int)value.End.Column - 1)..];
        }
        var edited = string.Join('\n', lines);
        return missing.Count == 0 ? edited : Insert(edited, present, Lines(missing, 0));
    }

    /// <summary>Adding lines to text is done on trust in positions; this makes sure that it did what was meant and nothing else.</summary>
    private static bool IsRight(string before, string after, IReadOnlyList<string> path, IReadOnlyDictionary<string, string> annotations)
    {
        JsonNode? expected = KubernetesYaml.Read(before)[0];
        var target = (JsonObject)expected!;
        foreach (var field in (string[])[.. path, "metadata", "annotations"])
        {
            if (target[field] is not JsonObject next)
            {
                target[field] = next = [];
            }
            target = next;
        }
        foreach (var (name, value) in annotations)
        {
            target[name] = value;
        }
        try
        {
            return JsonNode.DeepEquals(expected, KubernetesYaml.Read(after)[0]);
        }
        catch (FormatException)
        {
            return false;
        }
    }
}
