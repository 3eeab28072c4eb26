using System.Collections.Concurrent;
using Mesh.Interfaces.NodeSession;
using Mesh.Interfaces.Traffic;

namespace Mesh.Silo.Tests.Harness;

/// <summary>Remembers the reports of one namespace.</summary>
internal sealed class FakeTrafficGrain : ITrafficGrain
{
    public ConcurrentQueue<(string Node, TrafficReport Report)> Reports { get; } = [];

    public Task Record(string node, byte[] report)
    {
        Reports.Enqueue((node, TrafficReport.Parser.ParseFrom(report)));
        return Task.CompletedTask;
    }

    public Task<TrafficSummary> Query(TimeSpan window, CancellationToken cancellationToken = default) =>
        Task.FromResult(new TrafficSummary(window.TotalSeconds, []));
}
