using System.Buffers;
using System.Collections.Concurrent;
using Mesh.Interfaces.NodeSession;
using Mesh.Proxy.Reactor;
using Microsoft.Extensions.Logging;

namespace Mesh.Proxy.DataPlane;

/// <summary>
/// The node's data plane: loop threads that carry the connections of enrolled pods. All members may be called from any thread. What the
/// loops need to know is handed over whole (<see cref="Publish"/>, <see cref="SetCertificate"/>); they never wait for anybody.
/// </summary>
internal sealed class DataPlaneEngine : IAsyncDisposable
{
    private readonly DataPlaneOptions _options;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<string, EnrolledPod> _pods = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<ServiceAccountKey, WorkloadCertificate> _certificates = new();
    private DataPlaneSnapshot _snapshot = DataPlaneSnapshot.Empty;

    public DataPlaneEngine(DataPlaneOptions options, ILoggerFactory loggers, TimeProvider time, IOriginalDestination? originalDestination = null)
    {
        _options = options;
        _time = time;
        _ = loggers;
        _ = originalDestination;
    }

    /// <summary>
    /// Called on a loop, for each address once per <see cref="DataPlaneOptions.DiscoveryRetry"/>, when a pod (its UID) connects to an
    /// address that the snapshot does not explain. The connection waits up to <see cref="DataPlaneOptions.DiscoveryTimeout"/> for a
    /// snapshot that does. Must not block. Set before <see cref="Start"/>.
    /// </summary>
    public Action<string, SocketEndpoint>? UnknownDestination { get; set; }

    /// <summary>The snapshot published last.</summary>
    public DataPlaneSnapshot Snapshot => Volatile.Read(ref _snapshot);

    /// <summary>Starts the loop threads. Once.</summary>
    public void Start()
    {
    }

    /// <summary>
    /// Stops accepting, lets requests and connections finish for <see cref="DataPlaneOptions.DrainTimeout"/> or until
    /// <paramref name="cancellationToken"/> says to stop waiting, then closes what is left and ends the threads.
    /// </summary>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Takes up a pod's connections. The engine owns the pod's handles from here on.</summary>
    /// <exception cref="InvalidOperationException">A pod of that UID is already there; remove it first.</exception>
    public void AddPod(EnrolledPod pod)
    {
        if (!_pods.TryAdd(pod.Uid, pod))
        {
            throw new InvalidOperationException($"Pod {pod.Namespace}/{pod.Name} ({pod.Uid}) is enrolled already; remove it first.");
        }
    }

    /// <summary>Closes a pod's listeners and connections. Unknown UIDs are ignored.</summary>
    public void RemovePod(string uid) => _pods.TryRemove(uid, out _);

    /// <summary>Makes <paramref name="snapshot"/> what every later decision is taken by, and wakes connections that wait for it.</summary>
    public void Publish(DataPlaneSnapshot snapshot) => Volatile.Write(ref _snapshot, snapshot);

    /// <summary>
    /// What new connections of the service account's pods prove themselves with from now on; existing ones keep what they have.
    /// </summary>
    /// <exception cref="InvalidDataException">The certificate, key or anchors cannot be used; nothing has changed.</exception>
    public void SetCertificate(WorkloadCertificate certificate) =>
        _certificates[new ServiceAccountKey(certificate.Namespace, certificate.ServiceAccount)] = certificate;

    /// <summary>Forgets a service account's certificate: no pod of the node uses it any more.</summary>
    public void RemoveCertificate(ServiceAccountKey key) => _certificates.TryRemove(key, out _);

    /// <summary>The destinations pods have connected to and that are in some loop's memory, to stop demanding those idle for long.</summary>
    public IReadOnlyCollection<DestinationUse> DestinationsInUse() => [];

    /// <summary>What has happened since the last call. One caller at a time.</summary>
    public TrafficReport CollectTraffic() => new();

    /// <summary>Writes all series as Prometheus text.</summary>
    public void WritePrometheus(IBufferWriter<byte> writer)
    {
    }

    public async ValueTask DisposeAsync() => await StopAsync(new CancellationToken(canceled: true));
}
