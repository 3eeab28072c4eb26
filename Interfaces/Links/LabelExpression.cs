using System.Collections.Immutable;

namespace Mesh.Interfaces.Links;

/// <summary>One requirement of a label selector. <see cref="Operator"/>: In, NotIn, Exists or DoesNotExist.</summary>
[GenerateSerializer, Immutable, Alias("mesh.LabelExpression")]
public sealed record LabelExpression(
    [property: Id(0)] string Key,
    [property: Id(1)] string Operator,
    [property: Id(2)] ImmutableArray<string> Values);
