using System.Collections.Frozen;

namespace Mesh.Sandbox.Api.Schemas;

/// <summary>What the built-in kinds consist of, from the embedded file <c>kubernetes.schema</c>.</summary>
internal static class BuiltInSchema
{
    private static readonly Lazy<FrozenDictionary<string, SchemaField[]>> Messages = new(Load);

    private static readonly Lazy<FrozenDictionary<string, FrozenDictionary<string, SchemaField>>> ByName = new(() =>
        Messages.Value.ToFrozenDictionary(m => m.Key, m => Flatten(m.Value).ToFrozenDictionary(f => f.Name)));

    /// <summary>The message of a kind; null for one that is not described, such as custom resources.</summary>
    public static string? MessageOf(string apiVersion, string kind)
    {
        if (kind == "DeleteOptions")
        {
            return "meta.DeleteOptions";
        }
        var slash = apiVersion.IndexOf('/');
        var package = slash < 0 ? "core" : apiVersion[..slash].Split('.')[0];
        var name = $"{package}.{kind}";
        return apiVersion[(slash + 1)..] == "v1" && Messages.Value.ContainsKey(name) ? name : null;
    }

    /// <summary>The fields by number order, inlined ones as they are on the wire.</summary>
    public static SchemaField[] Fields(string message) => Messages.Value[message];

    /// <summary>The fields by JSON name.</summary>
    public static FrozenDictionary<string, SchemaField> Names(string message) => ByName.Value[message];

    private static IEnumerable<SchemaField> Flatten(SchemaField[] fields) =>
        fields.SelectMany(f => f.IsInline ? Flatten(Messages.Value[f.Type]) : [f]);

    private static FrozenDictionary<string, SchemaField[]> Load()
    {
        using var stream = typeof(BuiltInSchema).Assembly.GetManifestResourceStream("kubernetes.schema")
            ?? throw new InvalidOperationException("kubernetes.schema is not embedded in this assembly; the project file has to list it");
        using var reader = new StreamReader(stream);
        var messages = new Dictionary<string, List<SchemaField>>();
        List<SchemaField> fields = [];
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith('#'))
            {
                continue;
            }
            if (!line.StartsWith(' '))
            {
                messages[line] = fields = [];
                continue;
            }
            fields.Add(Read(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)));
        }
        return messages.ToFrozenDictionary(m => m.Key, m => m.Value.ToArray());
    }

    private static SchemaField Read(string[] parts)
    {
        var flags = parts.Length > 3 ? parts[3] : "";
        var (shape, type) = parts[2] switch
        {
            ['*', .. var element] => (FieldShape.List, element),
            ['%', .. var element] => (FieldShape.Map, element),
            var text when text.StartsWith("list:", StringComparison.Ordinal) => (FieldShape.WrappedList, text["list:".Length..]),
            var text => (FieldShape.Single, text),
        };
        return new(int.Parse(parts[0]), parts[1], shape, type, flags.Contains('p'), flags.Contains('i'));
    }
}
