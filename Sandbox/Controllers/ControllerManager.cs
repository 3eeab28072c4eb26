using Mesh.Sandbox.Api;
using Mesh.Sandbox.Api.Storage;

namespace Mesh.Sandbox.Controllers;

/// <summary>Runs a cluster's controllers against its store, in the API server's process.</summary>
internal sealed class ControllerManager : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly ClusterObjects _cluster;
    private readonly IReadOnlyList<Controller> _controllers;
    private readonly NodeMonitor _nodes;
    private Task _running = Task.CompletedTask;

    /// <param name="operations">The cluster's objects.</param>
    /// <param name="authorityPem">The cluster's CA, for kube-root-ca.crt.</param>
    /// <param name="time">For everything that waits.</param>
    /// <param name="logger">Null: nothing is logged.</param>
    public ControllerManager(ResourceOperations operations, string authorityPem, TimeProvider time, ILogger? logger = null)
    {
        logger ??= Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance;
        _cluster = new(operations, time);
        _nodes = new(_cluster);
        _controllers =
        [
            new NamespaceAccounts(_cluster, logger, authorityPem),
            new Scheduler(_cluster, logger),
            new ReplicaSetController(_cluster, logger),
            new DeploymentController(_cluster, logger),
            new StatefulSetController(_cluster, logger),
            new DaemonSetController(_cluster, logger),
            new EndpointController(_cluster, logger),
            new GarbageCollector(_cluster, logger),
            new NamespaceController(_cluster, logger),
            new OrphanedPods(_cluster, logger),
        ];
    }

    /// <summary>Begins; what exists already is looked at first.</summary>
    public void Start()
    {
        _cluster.Store.Atomically(() =>
        {
            foreach (var change in _cluster.Store.Snapshot())
            {
                OnChanged(change);
            }
            _cluster.Store.Changed += OnChanged;
            return true;
        });
        _running = Task.WhenAll([.. _controllers.Select(c => Task.Run(() => c.RunAsync(_stopping.Token))), Task.Run(() => _nodes.RunAsync(_stopping.Token))]);
    }

    public async ValueTask DisposeAsync()
    {
        _cluster.Store.Changed -= OnChanged;
        await _stopping.CancelAsync();
        try
        {
            await _running;
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // How the loops end.
        }
        _stopping.Dispose();
    }

    private void OnChanged(StoreEvent change)
    {
        _cluster.Dependents.OnChanged(change);
        _nodes.OnChanged(change);
        foreach (var controller in _controllers)
        {
            controller.OnChanged(change);
        }
    }
}
