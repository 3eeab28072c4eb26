using System.Text.RegularExpressions;
using Mesh.Cli.CommandLine;
using Mesh.Kubernetes.Resources;

namespace Mesh.Cli.Multicluster;

/// <summary>Label selectors as people type them: <c>a=b,c!=d,e in (x,y),f notin (z),g,!h</c>.</summary>
internal static partial class LabelSelectorText
{
    /// <exception cref="UsageException">It is not a selector.</exception>
    public static LabelSelector Parse(string text)
    {
        var labels = new Dictionary<string, string>();
        var expressions = new List<LabelSelectorRequirement>();
        var rest = text.Trim();
        while (rest.Length > 0)
        {
            var match = Requirement().Match(rest);
            if (!match.Success)
            {
                throw new UsageException($"\"{text}\" is not a label selector. Write it as kubectl's -l takes it, such as key=value,other in (a,b),!third.");
            }
            rest = rest[match.Length..];
            var key = match.Groups["key"].Value;
            var values = match.Groups["set"].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            switch (match.Groups["op"].Value)
            {
                case "=" or "==":
                    labels[key] = match.Groups["value"].Value;
                    break;
                case "!=":
                    expressions.Add(Expression(key, "NotIn", match.Groups["value"].Value));
                    break;
                case "in":
                    expressions.Add(Expression(key, "In", values));
                    break;
                case "notin":
                    expressions.Add(Expression(key, "NotIn", values));
                    break;
                default:
                    expressions.Add(Expression(key, match.Groups["not"].Success ? "DoesNotExist" : "Exists"));
                    break;
            }
        }
        return new LabelSelector { MatchLabels = labels, MatchExpressions = expressions };
    }

    private static LabelSelectorRequirement Expression(string key, string op, params string[] values) =>
        new() { Key = key, Operator = op, Values = values };

    [GeneratedRegex(
        @"^(?:(?<not>!)\s*(?<key>[\w./-]+)|(?<key>[\w./-]+)(?:\s*(?<op>==?|!=)\s*(?<value>[\w.-]*)|\s+(?<op>in|notin)\s*\((?<set>[^()]+)\))?)\s*(?:,\s*|$)")]
    private static partial Regex Requirement();
}
