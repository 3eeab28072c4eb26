using System.Text;
using System.Text.Json.Nodes;
using Mesh.Kubernetes.Serialization;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Mesh.Kubernetes;

/// <summary>YAML manifests as JSON and back, with kubectl's idea of what a plain scalar means (YAML 1.1: <c>yes</c> is true, 0644 is octal).</summary>
public static class KubernetesYaml
{
    /// <summary>Every document of a stream, in order; empty documents are null.</summary>
    /// <exception cref="FormatException">It is not YAML; the message has line and column.</exception>
    public static IReadOnlyList<JsonNode?> Read(string text)
    {
        var stream = new YamlStream();
        try
        {
            stream.Load(new StringReader(text));
        }
        catch (YamlException e)
        {
            throw new FormatException($"not valid YAML at line {e.Start.Line}, column {e.Start.Column}: {e.Message}", e);
        }
        return [.. stream.Documents.Select(d => YamlConversion.ToJson(d.RootNode))];
    }

    /// <summary>Every object of a stream; empty documents are left out, and lists (<c>kind: List</c>) taken apart.</summary>
    /// <exception cref="FormatException">It is not YAML, or a document is not a mapping.</exception>
    public static IReadOnlyList<JsonObject> ReadAll(string text)
    {
        var objects = new List<JsonObject>();
        foreach (var document in Read(text))
        {
            Collect(document, objects);
        }
        return objects;
    }

    /// <summary>One object as a YAML document, ending with a line break, without <c>---</c>.</summary>
    public static string Write(JsonNode? node)
    {
        var text = new StringBuilder();
        YamlWriter.Write(text, node);
        return text.ToString();
    }

    /// <summary>Several objects, each after a line <c>---</c>.</summary>
    public static string WriteAll(IEnumerable<JsonNode?> nodes)
    {
        var text = new StringBuilder();
        foreach (var node in nodes)
        {
            text.Append("---\n");
            YamlWriter.Write(text, node);
        }
        return text.ToString();
    }

    private static void Collect(JsonNode? document, List<JsonObject> objects)
    {
        switch (document)
        {
            case null:
                break;
            case JsonObject item when item["kind"]?.ToString() == "List" && item["items"] is JsonArray items:
                foreach (var inner in items)
                {
                    Collect(inner?.DeepClone(), objects);
                }
                break;
            case JsonObject item:
                objects.Add(item);
                break;
            default:
                throw new FormatException("a document is not a mapping with apiVersion and kind; every manifest must be one");
        }
    }
}
