namespace Mesh.Benchmarks.Results;

/// <summary>Compares results with committed ones.</summary>
internal static class Regression
{
    /// <summary>How much worse a ratio may be before it is told; medians of a noisy machine differ by some per cent.</summary>
    public const double Tolerance = 0.10;

    /// <summary>
    /// Those results that are more than <see cref="Tolerance"/> worse than the committed ones of the same figure and peer.
    /// </summary>
    public static IReadOnlyList<(FigureResult Now, FigureResult Then)> Find(
        IReadOnlyList<FigureResult> now, IReadOnlyList<FigureResult> committed)
    {
        var then = committed.ToDictionary(result => result.Key);
        return
        [
            .. from result in now
               where then.TryGetValue(result.Key, out _)
               let old = then[result.Key]
               where result.Judged > old.Judged * (1 + Tolerance)
               select (result, old),
        ];
    }
}
