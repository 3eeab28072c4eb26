using Mesh.Proxy.Hosting;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mesh.Proxy.Tests.Hosting;

public sealed class NodeHostTests
{
    private readonly ProcessLifetime _lifetime = new();
    private readonly List<string> _events = [];

    [Fact]
    public async Task RunAsync_AskedToStop_StopsAndDisposesInTheOppositeOrder()
    {
        Part[] parts = [new("a", _events), new("b", _events)];
        _lifetime.ApplicationStarted.Register(_lifetime.StopApplication);

        int code;
        await using (var host = Host(parts))
        {
            code = await host.RunAsync();
        }

        Assert.Equal(0, code);
        Assert.Equal(["start a", "start b", "stop b", "stop a", "dispose b", "dispose a"], _events);
    }

    [Fact]
    public async Task RunAsync_PartDoesNotStart_EndsWithoutStartingTheNext()
    {
        Part[] parts = [new("a", _events), new("b", _events) { StartFailure = new IOException("no") }, new("c", _events)];

        int code;
        await using (var host = Host(parts))
        {
            code = await host.RunAsync();
        }

        Assert.Equal(1, code);
        Assert.DoesNotContain("start c", _events);
        Assert.Contains("dispose a", _events);
    }

    [Fact]
    public async Task RunAsync_AskedToStopWhileStarting_EndsInPeace()
    {
        Part[] parts = [new("a", _events) { OnStart = _lifetime.StopApplication, StartFailure = new OperationCanceledException() }];

        await using var host = Host(parts);
        Assert.Equal(0, await host.RunAsync());
    }

    [Fact]
    public async Task RunAsync_BackgroundPartFails_StopsTheOthers()
    {
        var part = new Part("a", _events);
        using var failing = new FailingPart(_lifetime);
        await using var host = new NodeHost(
            _lifetime, [part, failing], [], TimeSpan.FromSeconds(10), TimeProvider.System, NullLogger<NodeHost>.Instance);

        Assert.Equal(1, await host.RunAsync());
        Assert.Equal(["start a", "stop a"], _events);
    }

    [Fact]
    public async Task RunAsync_PartFailsToStop_StopsTheOthers()
    {
        Part[] parts = [new("a", _events), new("b", _events) { StopFailure = new IOException("no") }];
        _lifetime.ApplicationStarted.Register(_lifetime.StopApplication);

        await using var host = Host(parts);
        Assert.Equal(1, await host.RunAsync());
        Assert.Contains("stop a", _events);
    }

    private NodeHost Host(Part[] parts) =>
        new(_lifetime, parts, parts, TimeSpan.FromSeconds(10), TimeProvider.System, NullLogger<NodeHost>.Instance);

    private sealed class Part(string name, List<string> events) : IHostedService, IDisposable
    {
        public Action? OnStart { get; init; }

        public Exception? StartFailure { get; init; }

        public Exception? StopFailure { get; init; }

        public Task StartAsync(CancellationToken cancellationToken)
        {
            events.Add($"start {name}");
            OnStart?.Invoke();
            return StartFailure is null ? Task.CompletedTask : Task.FromException(StartFailure);
        }

        public Task StopAsync(CancellationToken cancellationToken)
        {
            events.Add($"stop {name}");
            return StopFailure is null ? Task.CompletedTask : Task.FromException(StopFailure);
        }

        public void Dispose() => events.Add($"dispose {name}");
    }

    private sealed class FailingPart(ProcessLifetime lifetime) : BackgroundService
    {
        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
            await started.Task.WaitAsync(stoppingToken);
            throw new InvalidOperationException("a bug");
        }
    }
}
