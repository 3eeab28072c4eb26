using System.Globalization;
using Mesh.Benchmarks.Processes;
using Mesh.Benchmarks.Proxies;
using Mesh.Benchmarks.Results;

namespace Mesh.Benchmarks.Comparisons;

/// <summary>Runs a comparison: starts the pairs, warms them up, and measures each in every round.</summary>
/// <param name="lab">Where.</param>
/// <param name="wanted">Rounds.</param>
/// <param name="attempts">How often a measurement is made at most, when others disturb it; the least disturbed one counts.</param>
/// <param name="progress">Told of every measurement.</param>
internal sealed class Rounds(Lab lab, int wanted, int attempts, TextWriter progress)
{
    // Others, be it processes or what the hypervisor runs besides us, leave cold caches behind, and CPU per request grows. Beyond this
    // share of the machine a measurement is repeated.
    private const double Tolerable = 0.05;

    public IReadOnlyList<FigureResult> Run(Comparison comparison)
    {
        progress.WriteLine($"{comparison.Figure}, {comparison.Unit}");
        using var backends = Backends.Start(lab);
        var pairs = new ProxyPair?[comparison.Peers.Count];
        var rounds = new List<IReadOnlyList<Sample>>();
        try
        {
            for (var round = 0; round < comparison.Rounds(wanted); round++)
            {
                var samples = new List<Sample>();
                for (var i = 0; i < pairs.Length; i++)
                {
                    if (pairs[i] is null)
                    {
                        pairs[i] = comparison.Peers[i].Start(lab, comparison.BackendPort(backends, comparison.Peers[i]));
                        comparison.WarmUp(lab, pairs[i]!);
                    }
                    samples.Add(Undisturbed(comparison, comparison.Peers[i], pairs[i]!, backends));
                    if (comparison.NeedsFreshPair)
                    {
                        pairs[i]!.Dispose();
                        pairs[i] = null;
                    }
                }
                rounds.Add(samples);
            }
        }
        finally
        {
            foreach (var pair in pairs)
            {
                pair?.Dispose();
            }
        }
        return [.. comparison.Conclude(rounds)];
    }

    private Sample Undisturbed(Comparison comparison, Peer peer, ProxyPair pair, Backends backends)
    {
        var best = (Sample: new Sample(0, ""), Taken: double.MaxValue);
        for (var attempt = 1; attempt <= attempts && best.Taken > Tolerable; attempt++)
        {
            var before = (Machine: Machine.Time(), Own: OwnCpu());
            var sample = comparison.Measure(lab, pair);
            var after = (Machine: Machine.Time(), Own: OwnCpu());
            var used = after.Machine.NotIdle - before.Machine.NotIdle;
            var taken = (used - (after.Own - before.Own)) / (after.Machine.All - before.Machine.All);
            var others = taken > Tolerable ? string.Create(CultureInfo.InvariantCulture, $"; others took {taken:P0} of the machine") : "";
            progress.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"  {peer.Name,-26} {sample.Value,10:F1}   {sample.Note}{others}"));
            if (taken < best.Taken)
            {
                best = (sample, taken);
            }
            if (comparison.NeedsFreshPair)
            {
                // Memory, which others do not change.
                break;
            }
        }
        return best.Sample;

        double OwnCpu()
        {
            var (own, children) = Machine.CpuOf("self");
            return own + children + pair.CpuMicroseconds + backends.CpuMicroseconds;
        }
    }
}
