using System.Diagnostics;
using System.Globalization;

namespace Mesh.Benchmarks.Processes;

/// <summary>
/// A process the benchmark started and ends, by its pid. Should the benchmark be killed, the kernel ends the child: it watches the thread
/// that started it, so only the main thread, which lives as long as the benchmark, may start any.
/// </summary>
internal sealed class ChildProcess : IDisposable
{
    private readonly Process _process;
    private readonly string _log;

    private ChildProcess(Process process, string log)
    {
        _process = process;
        _log = log;
    }

    public bool HasEnded => _process.HasExited;

    /// <summary>CPU time of all its threads, user and system, in microseconds.</summary>
    public double CpuMicroseconds => Machine.CpuOf(_process.Id.ToString(CultureInfo.InvariantCulture)).Own;

    /// <summary>Resident memory in bytes.</summary>
    public double ResidentBytes
    {
        get
        {
            var line = File.ReadLines($"/proc/{_process.Id}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
            return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
        }
    }

    /// <summary>The end of what it has written.</summary>
    public string LogTail => File.Exists(_log) ? Tail(File.ReadAllText(_log)) : "";

    /// <summary>Starts a process in the background.</summary>
    /// <param name="command">Program and arguments.</param>
    /// <param name="log">The file its output goes to.</param>
    /// <param name="processor">The processor it is bound to; null: none in particular.</param>
    /// <param name="environment">Variables besides the inherited ones.</param>
    public static ChildProcess Start(
        IReadOnlyList<string> command, string log, int? processor = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        string[] pinned = processor is { } number ? ["taskset", "--cpu-list", number.ToString(CultureInfo.InvariantCulture)] : [];
        var start = Bound(["sh", "-c", "exec \"$@\" >\"$0\" 2>&1", log, .. pinned, .. command]);
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }
        return new ChildProcess(Process.Start(start)!, log);
    }

    /// <summary>Runs a process to its end.</summary>
    /// <returns>What it wrote to its standard output.</returns>
    /// <exception cref="BenchmarkException">It failed, or was not done after <paramref name="limit"/>.</exception>
    public static string Run(IReadOnlyList<string> command, TimeSpan limit, Interruption interruption)
    {
        var start = Bound(command);
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        using var process = Process.Start(start)!;
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(interruption.Token);
            var errors = process.StandardError.ReadToEndAsync(interruption.Token);
            if (!Task.WaitAll([output, errors], (int)limit.TotalMilliseconds, interruption.Token))
            {
                throw new BenchmarkException($"{command[0]} was not done after {limit.TotalSeconds:F0} s: {string.Join(' ', command)}");
            }
            process.WaitForExit();
            return process.ExitCode == 0
                ? output.Result
                : throw new BenchmarkException($"{string.Join(' ', command)} failed: {Tail(errors.Result + output.Result)}");
        }
        finally
        {
            End(process);
        }
    }

    /// <summary>Ends it, and waits until it has ended.</summary>
    public void Dispose()
    {
        End(_process);
        _process.Dispose();
    }

    private static ProcessStartInfo Bound(IEnumerable<string> command) => new("setpriv", ["--pdeathsig", "KILL", "--", .. command]);

    private static void End(Process process)
    {
        if (!process.HasExited)
        {
            process.Kill();
        }
        process.WaitForExit();
    }

    private static string Tail(string text) => text.Trim() is { Length: > 600 } longer ? "…" + longer[^600..] : text.Trim();
}
