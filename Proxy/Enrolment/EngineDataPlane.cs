using System.Buffers;
using Mesh.Interfaces.NodeSession;
using Mesh.Proxy.DataPlane;

namespace Mesh.Proxy.Enrolment;

/// <summary>The real data plane.</summary>
internal sealed class EngineDataPlane(DataPlaneEngine engine) : INodeDataPlane
{
    public void AddPod(EnrolledPod pod) => engine.AddPod(pod);

    public Task DrainPodAsync(string uid) => engine.DrainPodAsync(uid);

    public void RemovePod(string uid) => engine.RemovePod(uid);

    public void Retire() => engine.Retire();

    public void Publish(DataPlaneSnapshot snapshot) => engine.Publish(snapshot);

    public void SetCertificate(WorkloadCertificate certificate) => engine.SetCertificate(certificate);

    public void RemoveCertificate(ServiceAccountKey key) => engine.RemoveCertificate(key);

    public IReadOnlyCollection<DestinationUse> DestinationsInUse() => engine.DestinationsInUse();

    public TrafficReport CollectTraffic() => engine.CollectTraffic();

    public void WritePrometheus(IBufferWriter<byte> writer) => engine.WritePrometheus(writer);
}
