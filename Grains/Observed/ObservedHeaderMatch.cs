namespace Mesh.Grains.Observed;

/// <summary>How a header must be.</summary>
/// <param name="Type">Exact or RegularExpression; null when absent, which is Exact.</param>
public sealed record ObservedHeaderMatch(
    string? Type,
    string Name,
    string Value);
