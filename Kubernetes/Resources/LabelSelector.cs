using System.Collections.Frozen;

namespace Mesh.Kubernetes.Resources;

/// <summary>
/// Selects objects by their labels; all expressions must hold. An empty selector matches everything here, as in Kubernetes; where an
/// empty one must match nothing (Links), ask <see cref="IsEmpty"/> first.
/// </summary>
public sealed record LabelSelector : OpenRecord
{
    public IReadOnlyDictionary<string, string> MatchLabels { get; init; } = FrozenDictionary<string, string>.Empty;

    public IReadOnlyList<LabelSelectorRequirement> MatchExpressions { get; init; } = [];

    [System.Text.Json.Serialization.JsonIgnore]
    public bool IsEmpty => MatchLabels.Count == 0 && MatchExpressions.Count == 0;

    /// <summary>Whether these labels are selected. An expression with an unknown operator matches nothing.</summary>
    public bool Matches(IReadOnlyDictionary<string, string> labels)
    {
        foreach (var (key, value) in MatchLabels)
        {
            if (!labels.TryGetValue(key, out var actual) || actual != value)
            {
                return false;
            }
        }
        return MatchExpressions.All(e => Holds(e, labels));
    }

    private static bool Holds(LabelSelectorRequirement expression, IReadOnlyDictionary<string, string> labels)
    {
        var present = labels.TryGetValue(expression.Key, out var value);
        return expression.Operator switch
        {
            "In" => present && expression.Values.Contains(value!),
            "NotIn" => !present || !expression.Values.Contains(value!),
            "Exists" => present,
            "DoesNotExist" => !present,
            _ => false,
        };
    }
}
