using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Mesh.Sandbox.Api.Json;

namespace Mesh.Sandbox.Api.Selection;

/// <summary>A label selector, from a query string or from an object's <c>selector</c> field.</summary>
internal sealed partial class LabelSelector
{
    public static readonly LabelSelector Everything = new([]);

    private readonly IReadOnlyList<LabelRequirement> _requirements;

    private LabelSelector(IReadOnlyList<LabelRequirement> requirements) => _requirements = requirements;

    public bool IsEverything => _requirements.Count == 0;

    public bool Matches(IReadOnlyDictionary<string, string> labels)
    {
        foreach (var requirement in _requirements)
        {
            if (!requirement.Matches(labels))
            {
                return false;
            }
        }
        return true;
    }

    /// <summary>Reads the form of query strings: <c>a=b,c!=d,e in (f,g),h,!i</c>.</summary>
    /// <exception cref="ApiException">400: it cannot be read.</exception>
    public static LabelSelector Parse(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return Everything;
        }
        var requirements = new List<LabelRequirement>();
        var rest = text;
        while (rest.Length > 0)
        {
            var match = Requirement().Match(rest);
            if (!match.Success)
            {
                throw ApiErrors.BadRequest($"unable to parse requirement: couldn't parse the selector string \"{text}\" at \"{rest}\"");
            }
            requirements.Add(Read(match));
            rest = rest[match.Length..];
        }
        return new(requirements);
    }

    /// <summary>
    /// Reads a <c>matchLabels</c> and <c>matchExpressions</c> object. An absent one matches nothing, an empty one everything.
    /// </summary>
    public static LabelSelector FromObject(JsonObject? selector)
    {
        if (selector is null)
        {
            return new([new("", "Exists", [])]);
        }
        var requirements = selector.Strings("matchLabels").Select(p => new LabelRequirement(p.Key, "In", [p.Value])).ToList();
        requirements.AddRange(selector.Objects("matchExpressions")
            .Select(e => new LabelRequirement(e.Text("key") ?? "", e.Text("operator") ?? "", [.. e.Texts("values")])));
        return new(requirements);
    }

    /// <summary>A plain map of labels that must all be there, as services have it.</summary>
    public static LabelSelector FromLabels(IReadOnlyDictionary<string, string> labels) =>
        new([.. labels.Select(p => new LabelRequirement(p.Key, "In", [p.Value]))]);

    private static LabelRequirement Read(Match match)
    {
        var key = match.Groups["key"].Value;
        if (match.Groups["set"].Success)
        {
            var values = match.Groups["values"].Value.Split(',', StringSplitOptions.TrimEntries);
            return new(key, match.Groups["set"].Value == "in" ? "In" : "NotIn", values);
        }
        if (match.Groups["op"].Success)
        {
            var name = match.Groups["op"].Value switch { "!=" => "NotIn", ">" => "Gt", "<" => "Lt", _ => "In" };
            return new(key, name, [match.Groups["value"].Value]);
        }
        return new(key, match.Groups["not"].Success ? "DoesNotExist" : "Exists", []);
    }

    [GeneratedRegex("""
        ^\s*(?:
            (?<key>[A-Za-z0-9][-A-Za-z0-9_./]*)\s+(?<set>in|notin)\s*\((?<values>[^()]*)\)
          | (?<key>[A-Za-z0-9][-A-Za-z0-9_./]*)\s*(?<op>==|!=|=|>|<)\s*(?<value>[-A-Za-z0-9_.]*)
          | (?<not>!)?\s*(?<key>[A-Za-z0-9][-A-Za-z0-9_./]*)
        )\s*(?:,(?=.)|$)
        """, RegexOptions.IgnorePatternWhitespace | RegexOptions.ExplicitCapture)]
    private static partial Regex Requirement();
}
