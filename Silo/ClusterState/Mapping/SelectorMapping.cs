using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Mesh.Interfaces.Links;
using Mesh.Kubernetes.Resources;

namespace Mesh.Silo.ClusterState.Mapping;

/// <summary>Takes label selectors over as they are written; null stays null.</summary>
internal static class SelectorMapping
{
    [return: NotNullIfNotNull(nameof(selector))]
    public static LabelSelectorSpec? Map(LabelSelector? selector) => selector is null
        ? null
        : new LabelSelectorSpec(
            selector.MatchLabels.ToImmutableSortedDictionary(StringComparer.Ordinal),
            [.. selector.MatchExpressions.Select(e => new LabelExpression(e.Key, e.Operator, [.. e.Values]))]);
}
