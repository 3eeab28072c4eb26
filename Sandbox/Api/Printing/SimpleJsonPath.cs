using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Mesh.Sandbox.Api.Json;

namespace Mesh.Sandbox.Api.Printing;

/// <summary>
/// The JSON paths additionalPrinterColumns may use: fields, indexes, wildcards and filters by equality, such as
/// <c>.status.conditions[?(@.type=="Ready")].status</c>.
/// </summary>
internal sealed partial class SimpleJsonPath
{
    private readonly IReadOnlyList<Match> _steps;

    private SimpleJsonPath(IReadOnlyList<Match> steps) => _steps = steps;

    public static SimpleJsonPath Parse(string text) => new([.. Step().Matches(text).Cast<Match>()]);

    public IEnumerable<JsonNode?> Find(JsonNode item)
    {
        IEnumerable<JsonNode?> nodes = [item];
        foreach (var step in _steps)
        {
            nodes = nodes.SelectMany(node => Follow(node, step)).ToList();
        }
        return nodes;
    }

    private static IEnumerable<JsonNode?> Follow(JsonNode? node, Match step)
    {
        if (step.Groups["field"].Success)
        {
            var name = step.Groups["field"].Value.Replace("\\.", ".");
            return node is JsonObject map && map.TryGetPropertyValue(name, out var value) ? [value] : [];
        }
        if (node is not JsonArray list)
        {
            return step.Groups["all"].Success && node is JsonObject values ? values.Select(p => p.Value) : [];
        }
        if (step.Groups["index"].Success)
        {
            var index = int.Parse(step.Groups["index"].Value);
            index = index < 0 ? list.Count + index : index;
            return index >= 0 && index < list.Count ? [list[index]] : [];
        }
        if (step.Groups["key"].Success)
        {
            var (key, wanted) = (step.Groups["key"].Value.Split('.'), step.Groups["value"].Value);
            return list.Where(item => (item.At(key) is { } found ? found.Text() ?? found.ToJsonString() : null) == wanted);
        }
        return list;
    }

    [GeneratedRegex("""
        \.(?<field>(?:[A-Za-z0-9_-]|\\.)+)
        | \[['"](?<field>[^'"]+)['"]\]
        | \[(?<index>-?[0-9]+)\]
        | (?<all>\[\*\])
        | \[\?\(@\.(?<key>[A-Za-z0-9_.-]+)\s*==\s*['"]?(?<value>[^'")]*)['"]?\)\]
        """, RegexOptions.IgnorePatternWhitespace | RegexOptions.ExplicitCapture)]
    private static partial Regex Step();
}
