namespace Mesh.Sandbox.Node;

/// <summary>
/// Remembers when a log had which length, so that lines can be given times although the program writes the file directly (and goes on
/// doing so when the agent is dead). Beside each log lies a file of (length, time) pairs.
/// </summary>
internal static class LogTimes
{
    private const int EntrySize = 16;

    /// <summary>A log that reaches this length begins anew; state may lie in memory (/run).</summary>
    public const long MaxLength = 32 * 1024 * 1024;

    public static string PathFor(string log) => log + ".times";

    /// <summary>Notes the present length if it is new.</summary>
    public static void Sample(string log, DateTimeOffset now)
    {
        var length = new FileInfo(log) is { Exists: true } file ? file.Length : 0;
        using var stream = new FileStream(PathFor(log), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite);
        Span<byte> entry = stackalloc byte[EntrySize];
        if (stream.Length >= EntrySize)
        {
            stream.Seek(-EntrySize, SeekOrigin.End);
            stream.ReadExactly(entry);
            if (BitConverter.ToInt64(entry) == length)
            {
                return;
            }
        }
        else if (length == 0)
        {
            return;
        }
        BitConverter.TryWriteBytes(entry, length);
        BitConverter.TryWriteBytes(entry[8..], now.UtcTicks);
        stream.Seek(0, SeekOrigin.End);
        stream.Write(entry);
    }

    /// <summary>
    /// Empties a log that has become too long. The program goes on writing: its descriptor appends. Lines of the last moment may be lost.
    /// </summary>
    public static void Limit(string log)
    {
        if (new FileInfo(log) is { Exists: true, Length: > MaxLength })
        {
            using var stream = new FileStream(log, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
            stream.SetLength(0);
            File.Delete(PathFor(log));
        }
    }

    /// <summary>All samples, oldest first.</summary>
    public static IReadOnlyList<(long Length, DateTimeOffset Time)> Load(string log)
    {
        if (!File.Exists(PathFor(log)))
        {
            return [];
        }
        var bytes = File.ReadAllBytes(PathFor(log));
        return [.. Enumerable.Range(0, bytes.Length / EntrySize).Select(i =>
            (BitConverter.ToInt64(bytes, i * EntrySize), new DateTimeOffset(BitConverter.ToInt64(bytes, (i * EntrySize) + 8), TimeSpan.Zero)))];
    }
}
