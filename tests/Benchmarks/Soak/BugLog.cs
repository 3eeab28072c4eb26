using Microsoft.Extensions.Logging;

namespace Mesh.Benchmarks.Soak;

/// <summary>A log of which only errors are read: each is a bug in the proxy.</summary>
internal sealed class BugLog(Violations violations) : ILoggerFactory, ILogger
{
    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("There is only this log.");

    public ILogger CreateLogger(string categoryName) => this;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            violations.Add($"the proxy logged an error: {formatter(state, exception)}: {exception}");
        }
    }

    public void Dispose()
    {
    }
}
