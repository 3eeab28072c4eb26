using Mesh.Proxy.DataPlane;
using Mesh.Proxy.Session;
using Mesh.Proxy.Succession;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Mesh.Proxy.Admin;

/// <summary>
/// Starts the data plane with what the last process knew, before anything else of the proxy starts, and ends it after everything else has
/// ended. Connections end with the process: it lets them go on for a while and closes the rest.
/// </summary>
internal sealed partial class DataPlaneService(
    ProxyOptions options,
    DataPlaneEngine engine,
    ResourceStore resources,
    DestinationDemand demand,
    SuccessionServer succession,
    TimeProvider time,
    ILogger<DataPlaneService> logger) : IHostedService
{
    /// <summary>Whether the loops run.</summary>
    public bool IsRunning { get; private set; }

    /// <summary>Resources taken up from disk.</summary>
    public int Restored { get; private set; }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        engine.UnknownDestination = (_, address) => demand.Use(address);
        engine.Start();
        IsRunning = true;
        Restored = resources.Load();
        foreach (var destination in resources.Destinations)
        {
            if (Reactor.SocketEndpoint.TryCreate(destination.Address.Ip, destination.Address.Port, out var address))
            {
                demand.Use(address);
            }
        }
        LogStarted(logger, Restored);
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        IsRunning = false;
        await succession.SettleAsync(cancellationToken);
        using var limit = new CancellationTokenSource(
            succession.HasRetired ? Timeout.InfiniteTimeSpan : options.RestartDrainTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        await engine.StopAsync(either.Token);
    }

    [LoggerMessage(EventId = 2400, Level = LogLevel.Information, Message = "data plane started, {Restored} resources taken up from disk")]
    private static partial void LogStarted(ILogger logger, int restored);
}
