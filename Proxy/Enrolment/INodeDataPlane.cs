using System.Buffers;
using Mesh.Interfaces.NodeSession;
using Mesh.Proxy.DataPlane;

namespace Mesh.Proxy.Enrolment;

/// <summary>
/// What the control side of the proxy needs of the data plane. <see cref="DataPlaneEngine"/> says what each member means.
/// </summary>
internal interface INodeDataPlane
{
    void AddPod(EnrolledPod pod);

    Task DrainPodAsync(string uid);

    void RemovePod(string uid);

    void Retire();

    void Publish(DataPlaneSnapshot snapshot);

    void SetCertificate(WorkloadCertificate certificate);

    void RemoveCertificate(ServiceAccountKey key);

    IReadOnlyCollection<DestinationUse> DestinationsInUse();

    TrafficReport CollectTraffic();

    void WritePrometheus(IBufferWriter<byte> writer);
}
