using System.Text.Json.Serialization;
using Mesh.Benchmarks.Comparisons;

namespace Mesh.Benchmarks.Results;

/// <summary>One line of the results.</summary>
/// <param name="Figure">What was measured, with its unit; less is better.</param>
/// <param name="Ours">Our median.</param>
/// <param name="Peer">The peer's median; null when a figure is not compared with anybody.</param>
/// <param name="PeerName">The peer.</param>
/// <param name="Ratio">Median over the rounds of ours/peer within a round.</param>
/// <param name="Bound">
/// The greatest good <paramref name="Ratio"/>, or without a peer the greatest good <paramref name="Ours"/>; null: none.
/// </param>
/// <param name="Holds">Whether the bound is kept; null without one.</param>
internal sealed record FigureResult(
    string Figure, double Ours, double? Peer, string? PeerName, double? Ratio, double? Bound, bool? Holds)
{
    /// <summary>What tells one line from another.</summary>
    [JsonIgnore]
    public string Key => $"{Figure} | {PeerName}";

    /// <summary>What must not grow: the ratio, or the value when there is none.</summary>
    [JsonIgnore]
    public double Judged => Ratio ?? Ours;

    /// <summary>A comparison's result for one contender. Rounds in which the peer shows nothing above zero cannot be divided by.</summary>
    public static FigureResult OfRatio(string figure, Contender contender, IReadOnlyList<(double Ours, double Peer)> rounds)
    {
        var ratios = rounds.Where(round => round.Peer > 0).Select(round => round.Ours / round.Peer).ToList();
        double? ratio = ratios.Count > 0 ? Rounded(Median(ratios)) : null;
        return new FigureResult(
            figure, Rounded(Median(rounds.Select(round => round.Ours))), Rounded(Median(rounds.Select(round => round.Peer))),
            contender.Peer.Name, ratio, contender.Bound, contender.Bound is { } bound ? ratio <= bound : null);
    }

    /// <summary>A figure that is compared with a fixed bound.</summary>
    public static FigureResult OfValue(string figure, double value, double bound) =>
        new(figure, Rounded(value), null, null, null, bound, value <= bound);

    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        var middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    private static double Rounded(double value) => Math.Round(value, Math.Abs(value) < 10 ? 3 : 1);
}
