using Mesh.Interfaces.Nodes;
using Mesh.Silo.Configuration;

namespace Mesh.Silo.NodeSessions;

/// <summary>Tells the cluster's other silos, through a grain, which nodes have their session here.</summary>
internal sealed partial class NodeSessionReporter(
    IGrainFactory grains, NodeSessionRegistry registry, SiloOptions options, TimeProvider time, ILogger<NodeSessionReporter> logger)
    : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await grains.GetGrain<INodeSessionsGrain>(options.ClusterName).Report(options.PodName, [.. registry.Nodes])
                    .WaitAsync(Interval, time, stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(e.Message);
            }
        }
    }

    [LoggerMessage(2020, LogLevel.Debug, "The node sessions of this silo could not be reported. {Problem}")]
    private partial void LogFailed(string problem);
}
