using System.Globalization;
using Mesh.Benchmarks.Loads;
using Mesh.Benchmarks.Processes;
using Mesh.Benchmarks.Proxies;

namespace Mesh.Benchmarks.Comparisons;

/// <summary>CPU per byte of one TCP stream. <paramref name="direction"/>: <c>up</c> (client to server) or <c>down</c>.</summary>
internal sealed class BulkTransfer(string direction, params IReadOnlyList<Contender> contenders)
    : LoadComparison($"TCP bulk {direction}: CPU per GB", "ms", new MeshPair(MeshMode.Opaque), contenders)
{
    // Gigabytes and milliseconds.
    protected override double Divisor => 1e9;

    public override int BackendPort(Backends backends, Peer peer) => backends.BulkPort;

    protected override LoadResult Drive(Lab lab, int port, TimeSpan duration) =>
        LoadVerb.Start(lab, duration, direction, port.ToString(CultureInfo.InvariantCulture));

    protected override Sample Evaluate(LoadResult load, double cpuMicroseconds) => new(
        cpuMicroseconds / 1000 / (load.Count / Divisor),
        string.Create(CultureInfo.InvariantCulture, $"{load.PerSecond / Divisor:F2} GB/s"));
}
