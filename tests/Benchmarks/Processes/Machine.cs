using System.Globalization;

namespace Mesh.Benchmarks.Processes;

/// <summary>What the machine says about itself.</summary>
internal static class Machine
{
    /// <summary>Kernel, processors and load, for the reader of results.</summary>
    public static string Describe() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Environment.ProcessorCount} processors, Linux {File.ReadAllText("/proc/sys/kernel/osrelease").Trim()}, .NET {Environment.Version}");

    /// <summary>Processes that wanted to run during the last minute, on average.</summary>
    public static string LoadAverage() => File.ReadAllText("/proc/loadavg").Split(' ')[0];

    /// <summary>Ticks of all processors since the machine started, and those of them that the hypervisor gave to others.</summary>
    public static (double Stolen, double All) Ticks()
    {
        var fields = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Skip(1).Take(8).Select(field => double.Parse(field, CultureInfo.InvariantCulture)).ToArray();
        return (fields[7], fields.Sum());
    }

    /// <summary>The share of the processors' time that was stolen between two readings of <see cref="Ticks"/>.</summary>
    public static double StolenShare((double Stolen, double All) before, (double Stolen, double All) after) =>
        after.All > before.All ? (after.Stolen - before.Stolen) / (after.All - before.All) : 0;
}
