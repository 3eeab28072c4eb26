using System.Globalization;
using Mesh.Benchmarks.Loads;
using Mesh.Benchmarks.Processes;
using Mesh.Benchmarks.Proxies;
using Mesh.Benchmarks.Results;

namespace Mesh.Benchmarks.Comparisons;

/// <summary>
/// What the proxies add to the 99th percentile at a modest rate. The last pair is no pair: what is left without proxies is taken off.
/// </summary>
internal sealed class AddedLatency(params IReadOnlyList<Contender> contenders)
    : LoadComparison($"added latency at {Rate} requests/s: p99", "us", new MeshPair(), [.. contenders, new Contender(new NoProxy())])
{
    private const int Rate = 1000;
    private const int Connections = 16;

    // The 99th percentile of 3,000 requests rests on 30 of them: more rounds than for CPU.
    public override int Rounds(int wanted) => wanted * 2;

    public override int BackendPort(Backends backends, Peer peer) => backends.Http.Http1Port;

    public override IEnumerable<FigureResult> Conclude(IReadOnlyList<IReadOnlyList<Sample>> rounds) =>
        Contenders.Take(Contenders.Count - 1).Select((contender, index) => FigureResult.OfRatio(
            $"{Figure}, {Unit}", contender,
            [.. rounds.Select(round => (round[0].Value - round[^1].Value, round[index + 1].Value - round[^1].Value))]));

    protected override LoadResult Drive(Lab lab, int port, TimeSpan duration) => LoadVerb.Start(
        lab, duration, "rate", port.ToString(CultureInfo.InvariantCulture), NginxBackend.Small,
        Connections.ToString(CultureInfo.InvariantCulture), Rate.ToString(CultureInfo.InvariantCulture));

    protected override Sample Evaluate(LoadResult load, double cpuMicroseconds) => new(
        load.P99,
        string.Create(
            CultureInfo.InvariantCulture, $"p50 {load.P50:F0} us, p99 {load.P99:F0} us, CPU {cpuMicroseconds / load.Count:F0} us"));
}
