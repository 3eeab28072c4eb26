using Mesh.Benchmarks.Processes;
using Mesh.Benchmarks.Proxies;
using Mesh.Benchmarks.Results;

namespace Mesh.Benchmarks.Comparisons;

/// <summary>
/// One thing that is measured of our pair of proxies and of each peer's, round by round. A ratio is taken within a round, whose
/// measurements are seconds apart, and the median over the rounds is reported: that is what a noisy machine can still tell.
/// </summary>
/// <param name="figure">What is measured.</param>
/// <param name="unit">Of <see cref="Sample.Value"/>; less is better.</param>
/// <param name="ours">Our pair.</param>
/// <param name="contenders">The peers' pairs.</param>
internal abstract class Comparison(string figure, string unit, Peer ours, params IReadOnlyList<Contender> contenders)
{
    public string Figure { get; } = figure;

    public string Unit { get; } = unit;

    public Peer Ours { get; } = ours;

    public IReadOnlyList<Contender> Contenders { get; } = contenders;

    /// <summary>All pairs in the order in which a round measures them.</summary>
    public IReadOnlyList<Peer> Peers => [Ours, .. Contenders.Select(contender => contender.Peer)];

    /// <summary>Whether a pair is started anew for every measurement: what it kept from the last one would count.</summary>
    public virtual bool NeedsFreshPair => false;

    /// <summary>Rounds that give a stable median. <paramref name="wanted"/>: what the user asked for.</summary>
    public virtual int Rounds(int wanted) => wanted;

    /// <summary>The port of the backend that a pair forwards to.</summary>
    public abstract int BackendPort(Backends backends, Peer peer);

    /// <summary>Load without measuring, until caches, pools and the JIT compiler have settled.</summary>
    public abstract void WarmUp(Lab lab, ProxyPair pair);

    /// <summary>Measures once.</summary>
    public abstract Sample Measure(Lab lab, ProxyPair pair);

    /// <summary>What follows for each contender.</summary>
    /// <param name="rounds">For each round the samples in the order of <see cref="Peers"/>.</param>
    public virtual IEnumerable<FigureResult> Conclude(IReadOnlyList<IReadOnlyList<Sample>> rounds) =>
        Contenders.Select((contender, index) => FigureResult.OfRatio(
            $"{Figure}, {Unit}", contender,
            [.. rounds.Select(round => (round[0].Value, round[index + 1].Value))]));
}
