using System.Globalization;

namespace Mesh.Sandbox.Lifecycle;

/// <summary>
/// A process id together with the start time that makes it unmistakable: the kernel gives ids out again, and a recycled id
/// must never be signalled.
/// </summary>
/// <param name="Pid">Process id.</param>
/// <param name="StartTime">Field 22 of /proc/pid/stat: clock ticks after boot.</param>
internal readonly record struct ProcessIdentity(int Pid, ulong StartTime)
{
    private const int Sigkill = 9;

    /// <summary>The process that has the id now; null when there is none.</summary>
    public static ProcessIdentity? Of(int pid)
    {
        try
        {
            return FromStat(File.ReadAllText($"/proc/{pid}/stat"));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Reads the text of /proc/pid/stat; null when it is none.</summary>
    public static ProcessIdentity? FromStat(string stat)
    {
        // The second field is the program's name in parentheses and may hold anything, so count from its end.
        var close = stat.LastIndexOf(')');
        var open = stat.IndexOf(' ');
        if (close < 0 || open < 0)
        {
            return null;
        }
        var rest = stat[(close + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return rest.Length > 19 && int.TryParse(stat[..open], CultureInfo.InvariantCulture, out var pid) &&
            ulong.TryParse(rest[19], CultureInfo.InvariantCulture, out var start)
            ? new ProcessIdentity(pid, start)
            : null;
    }

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    public static ProcessIdentity? Parse(string text)
    {
        var parts = text.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return parts.Length == 2 && int.TryParse(parts[0], CultureInfo.InvariantCulture, out var pid) &&
            ulong.TryParse(parts[1], CultureInfo.InvariantCulture, out var start)
            ? new ProcessIdentity(pid, start)
            : null;
    }

    /// <summary>Whether that very process still runs (a zombie does not).</summary>
    public bool IsAlive()
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{Pid}/stat");
            return FromStat(stat) == this && stat[(stat.LastIndexOf(')') + 2)..][0] is not ('Z' or 'X');
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Sends a signal if that very process still runs. Returns whether it was sent.</summary>
    public bool Signal(int signal) => IsAlive() && Native.Kill(Pid, signal) == 0;

    public bool Kill() => Signal(Sigkill);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Pid} {StartTime}");
}
