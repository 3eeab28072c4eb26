using System.Globalization;
using Mesh.Benchmarks.Processes;
using Mesh.Benchmarks.Proxies;
using Mesh.Benchmarks.Results;

namespace Mesh.Benchmarks.Comparisons;

/// <summary>Runs a comparison: starts the pairs, warms them up, and measures each in every round.</summary>
internal sealed class Rounds(Lab lab, int wanted, TextWriter progress)
{
    // When the hypervisor takes the processor away, CPU per request grows by cold caches: such a measurement is repeated.
    private const double TolerableSteal = 0.05;
    private const int Attempts = 4;

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
                    samples.Add(Undisturbed(comparison, comparison.Peers[i], pairs[i]!));
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

    private Sample Undisturbed(Comparison comparison, Peer peer, ProxyPair pair)
    {
        for (var attempt = 1; ; attempt++)
        {
            var before = Machine.Ticks();
            var sample = comparison.Measure(lab, pair);
            var stolen = Machine.StolenShare(before, Machine.Ticks());
            progress.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"  {peer.Name,-26} {sample.Value,10:F1}   {sample.Note}{(stolen > 0.01 ? $", {stolen:P0} stolen" : "")}"));
            if (stolen <= TolerableSteal || comparison.NeedsFreshPair || attempt == Attempts)
            {
                return sample;
            }
        }
    }
}
