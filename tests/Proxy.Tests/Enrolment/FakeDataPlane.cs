using System.Buffers;
using System.Collections.Concurrent;
using Mesh.Interfaces.NodeSession;
using Mesh.Proxy.DataPlane;
using Mesh.Proxy.Enrolment;

namespace Mesh.Proxy.Tests.Enrolment;

/// <summary>Remembers what it was given and closes what it owns, as the real one does.</summary>
internal sealed class FakeDataPlane : INodeDataPlane
{
    private readonly ConcurrentQueue<TrafficReport> _traffic = new();

    public ConcurrentDictionary<string, EnrolledPod> Pods { get; } = new();

    public ConcurrentDictionary<ServiceAccountKey, WorkloadCertificate> Certificates { get; } = new();

    public DataPlaneSnapshot Snapshot { get; private set; } = DataPlaneSnapshot.Empty;

    public List<DestinationUse> Uses { get; } = [];

    public void AddPod(EnrolledPod pod) => Assert.True(Pods.TryAdd(pod.Uid, pod));

    public Task DrainPodAsync(string uid) => Task.CompletedTask;

    public void RemovePod(string uid)
    {
        if (Pods.TryRemove(uid, out var pod))
        {
            Close(pod);
        }
    }

    /// <summary>Closes everything, like the end of the process.</summary>
    public void Die()
    {
        foreach (var uid in Pods.Keys)
        {
            RemovePod(uid);
        }
    }

    public void Retire() => Die();

    public void Publish(DataPlaneSnapshot snapshot) => Snapshot = snapshot;

    public void SetCertificate(WorkloadCertificate certificate) =>
        Certificates[new ServiceAccountKey(certificate.Namespace, certificate.ServiceAccount)] = certificate;

    public void RemoveCertificate(ServiceAccountKey key) => Certificates.TryRemove(key, out _);

    public IReadOnlyCollection<DestinationUse> DestinationsInUse() => Uses;

    public void Happen(TrafficReport report) => _traffic.Enqueue(report);

    public TrafficReport CollectTraffic() => _traffic.TryDequeue(out var report) ? report : new TrafficReport();

    public void WritePrometheus(IBufferWriter<byte> writer)
    {
    }

    private static void Close(EnrolledPod pod)
    {
        foreach (var listener in pod.OutboundListeners.Concat(pod.InboundListeners))
        {
            listener.Dispose();
        }
        pod.NetworkNamespace?.Dispose();
    }
}
