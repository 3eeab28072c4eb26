using System.Globalization;

namespace Mesh.Benchmarks.Processes;

/// <summary>What the machine says about itself.</summary>
internal static class Machine
{
    // Linux tells CPU time in ticks of 1/100 s on every architecture .NET runs on.
    private const double MicrosecondsPerTick = 10_000;

    private static string Kernel => File.ReadAllText("/proc/sys/kernel/osrelease").Trim().Split('-')[0];

    /// <summary>Kernel, processors and load, for the reader of results.</summary>
    public static string Describe() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Environment.ProcessorCount} processors, Linux {Kernel}, .NET {Environment.Version}");

    /// <summary>Processes that wanted to run during the last minute, on average.</summary>
    public static string LoadAverage() => File.ReadAllText("/proc/loadavg").Split(' ')[0];

    /// <summary>CPU time of a process ("self": this one), and of those children of it that have ended, in microseconds.</summary>
    public static (double Own, double Children) CpuOf(string process)
    {
        var stat = File.ReadAllText($"/proc/{process}/stat");
        // The name in parentheses may itself contain spaces; the third field follows it.
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return (
            (Number(fields[11]) + Number(fields[12])) * MicrosecondsPerTick,
            (Number(fields[13]) + Number(fields[14])) * MicrosecondsPerTick);
    }

    /// <summary>What all processors together have done since the machine started.</summary>
    public static MachineTime Time()
    {
        // user nice system idle iowait irq softirq steal
        var fields = File.ReadLines("/proc/stat").First()
            .Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).Take(8).Select(Number).ToArray();
        return new MachineTime(
            fields.Sum() * MicrosecondsPerTick, (fields.Sum() - fields[3] - fields[4]) * MicrosecondsPerTick);
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
