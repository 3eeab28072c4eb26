using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Mesh.Proxy.Logs;

/// <summary>One category's logger: <c>20:15:01.123 warn: Category[event] message</c>, in UTC, an exception behind it on the same line.</summary>
internal sealed class ConsoleLogger(ConsoleLogs logs, string category) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= logs.Least && logLevel < LogLevel.None;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
        {
            return;
        }
        var line = new StringBuilder()
            .Append(logs.Now.ToString("HH:mm:ss.fff ", CultureInfo.InvariantCulture))
            .Append(NameOf(logLevel)).Append(": ").Append(category)
            .Append('[').Append(eventId.Id).Append("] ").Append(formatter(state, exception));
        if (exception is not null)
        {
            line.Append(' ').Append(exception);
        }
        // What others have said (an error text, a header) must not look like a line of its own.
        logs.Add(line.Replace("\r", "").Replace('\n', ' ').ToString());
    }

    private static string NameOf(LogLevel level) => level switch
    {
        LogLevel.Trace => "trce",
        LogLevel.Debug => "dbug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        LogLevel.Error => "fail",
        _ => "crit",
    };
}
