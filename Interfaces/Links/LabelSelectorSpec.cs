using System.Collections.Immutable;

namespace Mesh.Interfaces.Links;

/// <summary>
/// A Kubernetes label selector: all of <see cref="MatchLabels"/> and all of <see cref="MatchExpressions"/>. Unlike in the Kubernetes API
/// an empty selector selects nothing, so that a Link without selectors exports nothing.
/// </summary>
[GenerateSerializer, Immutable, Alias("mesh.LabelSelectorSpec")]
public sealed record LabelSelectorSpec(
    [property: Id(0)] ImmutableSortedDictionary<string, string> MatchLabels,
    [property: Id(1)] ImmutableArray<LabelExpression> MatchExpressions);
