using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Mesh.Proxy.Hosting;

/// <summary>
/// Runs the parts of the process: starts them in their order, waits for SIGTERM, SIGINT or a part that asks for the end, and stops them in
/// the opposite order. A background part that fails ends the process. In place of the generic host, whose libraries take more memory than
/// the data plane (ADR 14).
/// </summary>
/// <param name="lifetime">What the parts know of it.</param>
/// <param name="services">In the order of their start.</param>
/// <param name="owned">What to dispose of at the end, the last first; <see cref="IDisposable"/> or <see cref="IAsyncDisposable"/>.</param>
/// <param name="patience">How long all parts together may take to stop.</param>
/// <param name="time">For that.</param>
/// <param name="logger">Told of parts that fail.</param>
internal sealed partial class NodeHost(
    ProcessLifetime lifetime,
    IReadOnlyList<IHostedService> services,
    IReadOnlyList<object> owned,
    TimeSpan patience,
    TimeProvider time,
    ILogger<NodeHost> logger) : IAsyncDisposable
{
    private readonly List<Task> _watches = [];
    private int _exitCode;

    /// <returns>The process's exit code: 0, or 1 when a part failed.</returns>
    public async Task<int> RunAsync()
    {
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        using var quit = PosixSignalRegistration.Create(PosixSignal.SIGQUIT, OnSignal);
        if (await TryStartAsync())
        {
            lifetime.Started();
            await Task.Delay(Timeout.InfiniteTimeSpan, time, lifetime.ApplicationStopping)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await StopAsync();
        }
        lifetime.Stopped();
        return _exitCode;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var item in owned.Reverse())
        {
            if (item is IAsyncDisposable slow)
            {
                await slow.DisposeAsync();
            }
            else
            {
                ((IDisposable)item).Dispose();
            }
        }
    }

    private void OnSignal(PosixSignalContext context)
    {
        // Not at once, as the runtime would.
        context.Cancel = true;
        lifetime.StopApplication();
    }

    private async Task<bool> TryStartAsync()
    {
        foreach (var service in services)
        {
            try
            {
                await service.StartAsync(lifetime.ApplicationStopping);
            }
            catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
            {
                // Told to end before it had begun.
                return false;
            }
            catch (Exception failure)
            {
                _exitCode = 1;
                LogNotStarted(logger, service.GetType().Name, failure);
                return false;
            }
            if (service is BackgroundService { ExecuteTask: { } work })
            {
                _watches.Add(WatchAsync(service.GetType().Name, work));
            }
        }
        return true;
    }

    private async Task StopAsync()
    {
        using var limit = new CancellationTokenSource(patience, time);
        foreach (var service in services.Reverse())
        {
            try
            {
                await service.StopAsync(limit.Token);
            }
            catch (Exception failure)
            {
                _exitCode = 1;
                LogNotStopped(logger, service.GetType().Name, failure);
            }
        }
        await Task.WhenAll(_watches).WaitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task WatchAsync(string name, Task work)
    {
        try
        {
            await work;
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // Stopped.
        }
        catch (Exception failure)
        {
            _exitCode = 1;
            LogFailed(logger, name, failure);
            lifetime.StopApplication();
        }
    }

    [LoggerMessage(EventId = 2600, Level = LogLevel.Critical, Message = "{Part} could not be started; the process ends")]
    private static partial void LogNotStarted(ILogger logger, string part, Exception failure);

    [LoggerMessage(EventId = 2601, Level = LogLevel.Critical, Message = "{Part} has failed; the process ends")]
    private static partial void LogFailed(ILogger logger, string part, Exception failure);

    [LoggerMessage(EventId = 2602, Level = LogLevel.Error, Message = "{Part} did not end in order")]
    private static partial void LogNotStopped(ILogger logger, string part, Exception failure);
}
