using System.Buffers;
using System.Collections.Concurrent;
using Mesh.Interfaces.NodeSession;
using Mesh.Proxy.Metrics;
using Mesh.Proxy.Reactor;
using Mesh.Proxy.Tls;
using Microsoft.Extensions.Logging;

namespace Mesh.Proxy.DataPlane;

/// <summary>
/// The node's data plane: loop threads that carry the connections of enrolled pods. All members may be called from any thread. What the
/// loops need to know is handed over whole (<see cref="Publish"/>, <see cref="SetCertificate"/>); they never wait for anybody.
/// </summary>
internal sealed class DataPlaneEngine : IAsyncDisposable
{
    private static readonly TimeSpan Forgotten = TimeSpan.FromHours(1);
    private readonly DataPlaneState _state;
    private readonly ProxyLoop[] _loops;
    private readonly TrafficCollector _collector;
    private readonly ConcurrentDictionary<string, PodHandles> _pods = new(StringComparer.Ordinal);
    private readonly Lock _lifecycle = new();
    private bool _started;
    private Task? _stopped;
    private long? _drainingSince;

    /// <param name="options">Settings.</param>
    /// <param name="loggers">Where connections that end badly are logged (debug), and bugs.</param>
    /// <param name="time">The clock of time limits and latencies.</param>
    /// <param name="originalDestination">Null: the kernel is asked (SO_ORIGINAL_DST).</param>
    public DataPlaneEngine(DataPlaneOptions options, ILoggerFactory loggers, TimeProvider time, IOriginalDestination? originalDestination = null)
    {
        _state = new DataPlaneState(
            options, originalDestination ?? new RedirectedDestination(), loggers.CreateLogger<DataPlaneEngine>(), time);
        _loops = [.. Enumerable.Range(0, options.Loops).Select(index => new ProxyLoop(index, _state))];
        _collector = new TrafficCollector([.. _loops.Select(loop => loop.Metrics)]);
    }

    /// <summary>
    /// Called on a loop, for each address once per <see cref="DataPlaneOptions.DiscoveryRetry"/>, when a pod (its UID) connects to an
    /// address that the snapshot does not explain. The connection waits up to <see cref="DataPlaneOptions.DiscoveryTimeout"/> for a
    /// snapshot that does. Must not block. Set before <see cref="Start"/>.
    /// </summary>
    public Action<string, SocketEndpoint>? UnknownDestination
    {
        get => _state.UnknownDestination;
        set => _state.UnknownDestination = value;
    }

    /// <summary>The snapshot published last.</summary>
    public DataPlaneSnapshot Snapshot => _state.Snapshot;

    /// <summary>The loops, for tests and benchmarks.</summary>
    internal IReadOnlyList<ProxyLoop> Loops => _loops;

    /// <summary>Starts the loop threads. Once.</summary>
    public void Start()
    {
        lock (_lifecycle)
        {
            if (_started)
            {
                throw new InvalidOperationException("The data plane has been started already.");
            }
            _started = true;
        }
        DataPlaneLog.TlsGroups(_state.Logger, TlsGroups.Names);
        _state.Spans?.Start();
        foreach (var loop in _loops)
        {
            loop.Loop.Start();
        }
    }

    /// <summary>
    /// Stops accepting, lets requests and connections finish for <see cref="DataPlaneOptions.DrainTimeout"/> or until
    /// <paramref name="cancellationToken"/> says to stop waiting, then closes what is left and ends the threads. A second call waits for
    /// the first.
    /// </summary>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        lock (_lifecycle)
        {
            return _stopped ??= _started ? DrainAndStopAsync(cancellationToken) : Task.CompletedTask;
        }
    }

    /// <summary>
    /// Stops accepting for good and lets go of the listening sockets, which another process goes on accepting from; connections there are
    /// end when they can, as in <see cref="StopAsync"/>, which is still to be called and counts its time from now. No pod may be added or
    /// removed at the same time.
    /// </summary>
    public void Retire()
    {
        lock (_lifecycle)
        {
            _drainingSince ??= _state.Time.GetTimestamp();
        }
        var pods = _pods.Values.ToList();
        foreach (var loop in _loops)
        {
            loop.Loop.Post(() =>
            {
                loop.BeginStop(_state.Options.DrainIdleTimeout);
                pods.ForEach(pod => pod.ReleaseListeners());
            });
        }
    }

    /// <summary>Takes up a pod's connections. The engine owns the pod's handles from here on.</summary>
    /// <exception cref="InvalidOperationException">A pod of that UID is already there; remove it first.</exception>
    public void AddPod(EnrolledPod pod)
    {
        if (!_pods.TryAdd(pod.Uid, new PodHandles(pod, _loops.Length)))
        {
            throw new InvalidOperationException($"Pod {pod.Namespace}/{pod.Name} ({pod.Uid}) is enrolled already; remove it first.");
        }
        foreach (var loop in _loops)
        {
            loop.Loop.Post(() => loop.AddPod(pod));
        }
    }

    /// <summary>
    /// To be called between the end of a pod's processes and <see cref="RemovePod"/>: lets what they said last reach their peers, for at
    /// most <see cref="DataPlaneOptions.PodDrainTimeout"/>. Unknown UIDs are ignored.
    /// </summary>
    public async Task DrainPodAsync(string uid)
    {
        if (!_pods.ContainsKey(uid))
        {
            return;
        }
        var drained = _loops.Select(loop =>
        {
            var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            loop.Loop.Post(() => loop.EndPod(uid, ended));
            return ended.Task;
        });
        try
        {
            await Task.WhenAll(drained).WaitAsync(_state.Options.PodDrainTimeout, _state.Time);
        }
        catch (TimeoutException)
        {
            // Peers that do not read, or do not close: they have had their time.
        }
    }

    /// <summary>Closes a pod's listeners and connections. Unknown UIDs are ignored.</summary>
    public void RemovePod(string uid)
    {
        if (!_pods.TryRemove(uid, out var handles))
        {
            return;
        }
        foreach (var loop in _loops)
        {
            loop.Loop.Post(() =>
            {
                loop.RemovePod(uid);
                handles.Release();
            });
        }
    }

    /// <summary>Makes <paramref name="snapshot"/> what every later decision is taken by, and wakes connections that wait for it.</summary>
    public void Publish(DataPlaneSnapshot snapshot)
    {
        _state.Snapshot = snapshot;
        Wake();
    }

    /// <summary>
    /// What new connections of the service account's pods prove themselves with from now on. Existing ones keep what they have, but those
    /// whose peer the new trust anchors do not accept are closed.
    /// </summary>
    /// <exception cref="InvalidDataException">The certificate, key or anchors cannot be used; nothing has changed.</exception>
    public void SetCertificate(WorkloadCertificate certificate)
    {
        var context = TlsContext.Create(certificate, _state.Time, _state.Options.Tls);
        Replace(new ServiceAccountKey(certificate.Namespace, certificate.ServiceAccount), context);
        Wake();
        foreach (var loop in _loops)
        {
            loop.Loop.Post(loop.RecheckPeers);
        }
    }

    /// <summary>Forgets a service account's certificate: no pod of the node uses it any more.</summary>
    public void RemoveCertificate(ServiceAccountKey key)
    {
        if (_state.Certificates.TryRemove(key, out var context))
        {
            context.Release();
        }
    }

    /// <summary>The destinations pods have connected to within the last hour, to stop demanding those idle for long.</summary>
    public IReadOnlyCollection<DestinationUse> DestinationsInUse()
    {
        var uses = new List<DestinationUse>();
        foreach (var (address, activity) in _state.Destinations)
        {
            var open = activity.Open;
            var idle = open > 0 ? TimeSpan.Zero : _state.Time.GetElapsedTime(activity.LastUsed);
            if (idle < Forgotten)
            {
                uses.Add(new DestinationUse(address, open, idle));
            }
            else
            {
                _state.Destinations.TryRemove(address, out _);
            }
        }
        return uses;
    }

    /// <summary>What has happened since the last call. One caller at a time.</summary>
    public TrafficReport CollectTraffic() => _collector.Collect();

    /// <summary>Writes all series as Prometheus text.</summary>
    public void WritePrometheus(IBufferWriter<byte> writer) =>
        new PrometheusWriter(writer).Write(
            _collector.Totals(), [.. _loops.Select(loop => loop.Metrics)],
            ("access_log_dropped_total", _state.AccessLog.Dropped),
            ("trace_spans_exported_total", _state.Spans?.Exported ?? 0),
            ("trace_spans_dropped_total", _state.Spans?.Dropped ?? 0));

    /// <summary>Stops without waiting for anything, unless it has been stopped.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(new CancellationToken(canceled: true));
        foreach (var key in _state.Certificates.Keys)
        {
            RemoveCertificate(key);
        }
    }

    private async Task DrainAndStopAsync(CancellationToken cancellationToken)
    {
        // Nobody else accepts what an idle connection would be replaced by, unless this process has retired.
        var idle = _drainingSince is null ? TimeSpan.Zero : _state.Options.DrainIdleTimeout;
        var start = _drainingSince ??= _state.Time.GetTimestamp();
        foreach (var loop in _loops)
        {
            loop.Loop.Post(() => loop.BeginStop(idle));
        }
        while (!cancellationToken.IsCancellationRequested
            && _state.Time.GetElapsedTime(start) < _state.Options.DrainTimeout
            && _loops.Any(loop => loop.Metrics.Connections > 0))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), _state.Time, CancellationToken.None);
        }
        foreach (var uid in _pods.Keys)
        {
            RemovePod(uid);
        }
        foreach (var loop in _loops)
        {
            loop.Loop.Post(loop.CloseAll);
        }
        // Joining blocks, which a caller's thread need not.
        await Task.Run(
            () =>
            {
                Array.ForEach(_loops, loop => loop.Loop.StopAndJoin());
                _state.AccessLog.Dispose();
            },
            CancellationToken.None);
        if (_state.Spans is not null)
        {
            await _state.Spans.DisposeAsync();
        }
    }

    private void Replace(ServiceAccountKey key, TlsContext context)
    {
        while (true)
        {
            if (_state.Certificates.TryGetValue(key, out var old))
            {
                if (_state.Certificates.TryUpdate(key, context, old))
                {
                    old.Release();
                    return;
                }
            }
            else if (_state.Certificates.TryAdd(key, context))
            {
                return;
            }
        }
    }

    private void Wake()
    {
        foreach (var loop in _loops)
        {
            loop.Loop.Post(loop.OnPublished);
        }
    }
}
