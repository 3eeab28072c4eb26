using System.Text;
using Microsoft.Extensions.Logging;

namespace Mesh.Proxy.Logs;

/// <summary>
/// Logs as lines of text, one each. A thread of its own writes them: whoever logs never waits
/// for whoever reads. Lines beyond <see cref="MaxWaiting"/> are lost, and how many is said. In place of the usual console logger, which
/// brings configuration, options and dependency injection with it (ADR 14). Any thread.
/// </summary>
internal sealed class ConsoleLogs : ILoggerFactory
{
    /// <summary>Lines that may wait to be written: some 300 KB.</summary>
    public const int MaxWaiting = 2500;

    private readonly Stream _output;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _arrived = new(0);
    private readonly Thread _writer;
    private List<string> _waiting = [];
    private int _lost;
    private bool _ended;

    /// <param name="output">Where they go; stays open.</param>
    /// <param name="time">The clock of the lines.</param>
    /// <param name="least">The least severe of what is logged.</param>
    public ConsoleLogs(Stream output, TimeProvider time, LogLevel least = LogLevel.Information)
    {
        Least = least;
        _output = output;
        _time = time;
        _writer = new Thread(Write) { IsBackground = true, Name = "log" };
        _writer.Start();
    }

    internal LogLevel Least { get; }

    /// <summary>The time that a line has in front of it.</summary>
    internal DateTimeOffset Now => _time.GetUtcNow();

    public ILogger CreateLogger(string categoryName) => new ConsoleLogger(this, categoryName);

    /// <exception cref="NotSupportedException">There is one output.</exception>
    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("Logs go to the console only.");

    /// <summary>Ends when everything is written.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_ended)
            {
                return;
            }
            _ended = true;
        }
        _arrived.Release();
        _writer.Join();
        _arrived.Dispose();
    }

    internal void Add(string line)
    {
        lock (_lock)
        {
            if (_ended)
            {
                return;
            }
            if (_waiting.Count == MaxWaiting)
            {
                _lost++;
                return;
            }
            _waiting.Add(line);
            if (_waiting.Count > 1)
            {
                // The writer has been told.
                return;
            }
        }
        _arrived.Release();
    }

    private void Write()
    {
        var lines = new List<string>();
        var text = new StringBuilder();
        while (true)
        {
            _arrived.Wait();
            int lost;
            bool ended;
            lock (_lock)
            {
                (lines, _waiting) = (_waiting, lines);
                (lost, _lost) = (_lost, 0);
                ended = _ended;
            }
            foreach (var line in lines)
            {
                text.Append(line).Append('\n');
            }
            lines.Clear();
            if (lost > 0)
            {
                text.Append(lost).Append(" lines of the log are lost: they came faster than they could be written\n");
            }
            try
            {
                _output.Write(Encoding.UTF8.GetBytes(text.ToString()));
                _output.Flush();
            }
            catch (IOException)
            {
                // Whoever read the log is gone; there is nobody to tell.
            }
            text.Clear();
            if (ended)
            {
                return;
            }
        }
    }
}
