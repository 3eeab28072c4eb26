using Google.Protobuf;
using Mesh.Grains.Placement;
using Mesh.Interfaces.NodeSession;
using Mesh.Interfaces.Traffic;

namespace Mesh.Grains.Traffic;

/// <inheritdoc cref="ITrafficGrain"/>
[HomeCluster]
internal sealed class TrafficGrain(TimeProvider time) : Grain, ITrafficGrain
{
    private static readonly TimeSpan PruneInterval = TimeSpan.FromSeconds(30);

    private readonly TrafficWindow _window = new(time);

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        this.RegisterGrainTimer(Prune, PruneInterval, PruneInterval);
        return Task.CompletedTask;
    }

    public Task Record(string node, byte[] report)
    {
        _window.Record(node, TrafficReport.Parser.ParseFrom(report));
        return Task.CompletedTask;
    }

    public Task<TrafficSummary> Query(TimeSpan window, CancellationToken cancellationToken = default)
    {
        var series = _window.Query(window, out var seconds);
        return Task.FromResult(new TrafficSummary(seconds, [.. series.Select(sum => sum.ToByteArray())]));
    }

    private Task Prune()
    {
        _window.Prune();
        return Task.CompletedTask;
    }
}
