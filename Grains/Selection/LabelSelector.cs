using System.Collections.Immutable;
using Mesh.Interfaces.Links;

namespace Mesh.Grains.Selection;

/// <summary>
/// Matches labels against a selector as Kubernetes does
/// (https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors).
/// </summary>
internal static class LabelSelector
{
    /// <summary>For exports: a null, empty or invalid selector selects nothing, so that a mistake exports nothing.</summary>
    public static bool Exports(LabelSelectorSpec? selector, ImmutableSortedDictionary<string, string> labels) =>
        selector is not null
        && (selector.MatchLabels.Count > 0 || !selector.MatchExpressions.IsDefaultOrEmpty)
        && IsValid(selector)
        && MatchesAll(selector, labels);

    /// <summary>
    /// For policies: an empty selector selects everything, as it does in the Kubernetes API. A requirement that is invalid is passed over:
    /// a Server with one then governs more pods than was meant, and since it is not accepted it denies; the other way round its pods
    /// would fall back to a default policy that may be wider.
    /// </summary>
    public static bool Governs(LabelSelectorSpec selector, ImmutableSortedDictionary<string, string> labels) =>
        MatchesAll(selector, labels);

    /// <summary>Every operator is known and has the values it needs.</summary>
    public static bool IsValid(LabelSelectorSpec selector) => Expressions(selector).All(IsValid);

    private static bool MatchesAll(LabelSelectorSpec selector, ImmutableSortedDictionary<string, string> labels)
    {
        foreach (var (key, value) in selector.MatchLabels)
        {
            if (!labels.TryGetValue(key, out var actual) || actual != value)
            {
                return false;
            }
        }
        return Expressions(selector).All(expression => Matches(expression, labels));
    }

    private static bool Matches(LabelExpression expression, ImmutableSortedDictionary<string, string> labels)
    {
        if (!IsValid(expression))
        {
            return true;
        }
        var present = labels.TryGetValue(expression.Key, out var value);
        return expression.Operator switch
        {
            "In" => present && expression.Values.Contains(value!),
            "NotIn" => !present || !expression.Values.Contains(value!),
            "Exists" => present,
            _ => !present,
        };
    }

    private static bool IsValid(LabelExpression expression) => expression.Operator switch
    {
        "In" or "NotIn" => expression.Key.Length > 0 && !expression.Values.IsDefaultOrEmpty,
        "Exists" or "DoesNotExist" => expression.Key.Length > 0 && expression.Values.IsDefaultOrEmpty,
        _ => false,
    };

    private static ImmutableArray<LabelExpression> Expressions(LabelSelectorSpec selector) =>
        selector.MatchExpressions.IsDefault ? [] : selector.MatchExpressions;
}
