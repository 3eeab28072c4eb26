namespace Mesh.Benchmarks.Comparisons;

/// <summary>One measurement of one pair.</summary>
/// <param name="Value">What the comparison is about, in its unit.</param>
/// <param name="Note">What else was seen, for the reader.</param>
internal sealed record Sample(double Value, string Note);
