using System.Globalization;
using Mesh.Benchmarks.Loads;
using Mesh.Benchmarks.Processes;
using Mesh.Benchmarks.Proxies;

namespace Mesh.Benchmarks.Comparisons;

/// <summary>A load for some seconds; what it cost both proxies together, by the kernel's account of the two processes.</summary>
internal abstract class LoadComparison(string figure, string unit, Peer ours, params IReadOnlyList<Contender> contenders)
    : Comparison(figure, unit, ours, contenders)
{
    // The kernel counts in ticks of 10 ms: of three seconds' work that is half a per cent.
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(3);
    // Until code that is compiled again when it turns out to be hot, as .NET's is, has been.
    private static readonly TimeSpan WarmUpDuration = TimeSpan.FromSeconds(8);

    // A few connections may be in the middle of something when the load ends.
    private const double TolerableErrors = 0.001;

    /// <summary>How many of what the load counts make one unit.</summary>
    protected virtual double Divisor => 1;

    public override void WarmUp(Lab lab, ProxyPair pair) => Checked(Drive(lab, pair.Port, WarmUpDuration), pair);

    public override Sample Measure(Lab lab, ProxyPair pair)
    {
        var before = pair.CpuMicroseconds;
        var load = Checked(Drive(lab, pair.Port, Duration), pair);
        return Evaluate(load, pair.CpuMicroseconds - before);
    }

    protected abstract LoadResult Drive(Lab lab, int port, TimeSpan duration);

    protected virtual Sample Evaluate(LoadResult load, double cpuMicroseconds) => new(
        cpuMicroseconds / (load.Count / Divisor),
        string.Create(CultureInfo.InvariantCulture, $"{load.PerSecond / Divisor:G4}/s")
        + (load.P99 > 0 ? string.Create(CultureInfo.InvariantCulture, $", p50 {load.P50:F0} us, p99 {load.P99:F0} us") : ""));

    private LoadResult Checked(LoadResult load, ProxyPair pair) => load.Count > 0 && load.Errors <= load.Count * TolerableErrors
        ? load
        : throw new BenchmarkException($"{Figure}: {load.Errors} errors, {load.Count} successes. {pair.Logs}");
}
