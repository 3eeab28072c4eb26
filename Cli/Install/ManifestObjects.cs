using System.Globalization;
using System.Text.Json.Nodes;

namespace Mesh.Cli.Install;

/// <summary>Objects that are about to be printed, found by kind and name and changed in place.</summary>
/// <param name="objects">Owned by this from now on.</param>
internal sealed class ManifestObjects(IEnumerable<JsonObject> objects)
{
    private readonly List<JsonObject> _objects = [.. objects];

    public IReadOnlyList<JsonObject> All => _objects;

    public void Add(IEnumerable<JsonObject> more) => _objects.AddRange(more);

    /// <param name="kind">Such as <c>StatefulSet</c>.</param>
    /// <param name="name">The object's name.</param>
    /// <param name="path">Names of fields and numbers of items, separated by <c>/</c>.</param>
    /// <returns>What is there; null when the field is not.</returns>
    /// <exception cref="InvalidOperationException">There is no such object.</exception>
    public JsonNode? Get(string kind, string name, string path) =>
        path.Split('/').Aggregate((JsonNode?)Find(kind, name), (node, step) => node switch
        {
            JsonObject mapping => mapping[step],
            JsonArray list when int.TryParse(step, CultureInfo.InvariantCulture, out var index) && index < list.Count => list[index],
            _ => null,
        });

    /// <summary>Puts a copy of <paramref name="value"/> at the path; mappings on the way are made where they are missing.</summary>
    /// <exception cref="InvalidOperationException">There is no such object, or no such item in a list.</exception>
    public void Set(string kind, string name, string path, JsonNode value)
    {
        JsonNode at = Find(kind, name);
        var steps = path.Split('/');
        foreach (var step in steps[..^1])
        {
            at = at switch
            {
                JsonObject mapping => mapping[step] ??= new JsonObject(),
                JsonArray list => list[int.Parse(step, CultureInfo.InvariantCulture)]!,
                _ => throw new InvalidOperationException($"{kind} {name} has no {path}"),
            };
        }
        at[steps[^1]] = value.DeepClone();
    }

    /// <summary>Every text that is <paramref name="from"/> and nothing more becomes <paramref name="to"/>.</summary>
    public void Replace(string from, string to)
    {
        foreach (var item in _objects)
        {
            Replace(item, from, to);
        }
    }

    private static void Replace(JsonNode node, string from, string to)
    {
        switch (node)
        {
            case JsonObject mapping:
                foreach (var (name, child) in mapping.ToList())
                {
                    if (IsText(child, from))
                    {
                        mapping[name] = to;
                    }
                    else if (child is not null)
                    {
                        Replace(child, from, to);
                    }
                }
                break;
            case JsonArray list:
                for (var i = 0; i < list.Count; i++)
                {
                    if (IsText(list[i], from))
                    {
                        list[i] = to;
                    }
                    else if (list[i] is { } child)
                    {
                        Replace(child, from, to);
                    }
                }
                break;
        }
    }

    private static bool IsText(JsonNode? node, string text) => node is JsonValue value && value.TryGetValue<string>(out var own) && own == text;

    private JsonObject Find(string kind, string name) =>
        _objects.FirstOrDefault(o => IsText(o["kind"], kind) && IsText(o["metadata"]?["name"], name))
        ?? throw new InvalidOperationException($"there is no {kind} {name} under k8s/");
}
