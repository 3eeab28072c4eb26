using Microsoft.Extensions.Logging;

namespace Mesh.Proxy.AccessLogs;

/// <summary>
/// Takes whole lines from the loops and writes them on a thread of its own. Whoever adds a line never waits for the disk or for the reader
/// of standard output: what does not fit into <see cref="Capacity"/> is dropped and counted. Nothing is held before the first line.
/// </summary>
internal sealed partial class AccessLogWriter(Func<Stream> open, ILogger logger) : IDisposable
{
    /// <summary>Bytes that may wait: some seconds of a busy node, on a disk that stands still.</summary>
    public const int Capacity = 1024 * 1024;

    private readonly object _lock = new();
    private byte[]? _waiting;
    private int _length;
    private int _lines;
    private long _dropped;
    private Thread? _thread;
    private bool _ends;
    private bool _isFailureLogged;

    /// <summary>Lines that were not written.</summary>
    public long Dropped => Volatile.Read(ref _dropped);

    /// <param name="path">A file to add to; empty: standard output.</param>
    /// <param name="logger">Told when nothing can be written.</param>
    public static AccessLogWriter To(string path, ILogger logger) => new(
        path.Length == 0
            ? Console.OpenStandardOutput
            : () => new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0),
        logger);

    /// <summary>Adds a line with its line end; from any thread.</summary>
    public void Add(ReadOnlySpan<byte> line)
    {
        lock (_lock)
        {
            if (_ends || line.Length > Capacity - _length)
            {
                _dropped++;
                return;
            }
            _waiting ??= new byte[Capacity];
            line.CopyTo(_waiting.AsSpan(_length));
            _length += line.Length;
            if (++_lines > 1)
            {
                return;
            }
            if (_thread is null)
            {
                _thread = new Thread(Run) { Name = "mesh-access-log", IsBackground = true };
                _thread.Start();
            }
            Monitor.Pulse(_lock);
        }
    }

    /// <summary>Writes what waits, and ends. Lines that come later are dropped.</summary>
    public void Dispose()
    {
        Thread? thread;
        lock (_lock)
        {
            _ends = true;
            thread = _thread;
            Monitor.Pulse(_lock);
        }
        // Standard output that nobody reads must not keep the process from ending.
        thread?.Join(TimeSpan.FromSeconds(2));
    }

    private void Run()
    {
        var spare = new byte[Capacity];
        Stream? stream = null;
        while (Take(ref spare, out var length, out var lines))
        {
            try
            {
                stream ??= open();
                stream.Write(spare, 0, length);
                stream.Flush();
                _isFailureLogged = false;
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or NotSupportedException)
            {
                lock (_lock)
                {
                    _dropped += lines;
                }
                // Tried again with the next lines: a full disk may be empty by then.
                stream?.Dispose();
                stream = null;
                if (!_isFailureLogged)
                {
                    _isFailureLogged = true;
                    LogNotWritten(logger, failure.Message);
                }
            }
        }
        stream?.Dispose();
    }

    private bool Take(ref byte[] spare, out int length, out int lines)
    {
        lock (_lock)
        {
            while (_length == 0 && !_ends)
            {
                Monitor.Wait(_lock);
            }
            (length, lines) = (_length, _lines);
            if (length == 0)
            {
                return false;
            }
            (_waiting, spare) = (spare, _waiting!);
            _length = _lines = 0;
            return true;
        }
    }

    [LoggerMessage(EventId = 2700, Level = LogLevel.Warning, Message =
        "access log lines cannot be written and are dropped: {Reason}. Is the disk full, or MESH_ACCESS_LOG_PATH not writable?")]
    private static partial void LogNotWritten(ILogger logger, string reason);
}
