using Mesh.Interfaces.NodeSession;
using Mesh.Proxy.Certificates;
using Mesh.Proxy.DataPlane;
using Mesh.Proxy.Enrolment;

namespace Mesh.Proxy.Session;

/// <summary>What enrolment asks, answered by the node session.</summary>
internal sealed class SessionAuthority(SessionKeeper session, ResourceStore resources, WorkloadCertificates certificates)
    : IEnrolmentAuthority
{
    public event Action? PodsChanged
    {
        add => resources.PodsChanged += value;
        remove => resources.PodsChanged -= value;
    }

    public string Condition => session.IsConnected
        ? "The node has a session with a silo"
        : $"The node has no session with a silo ({session.LastFailure})";

    public IReadOnlyList<Pod> Pods => resources.Pods;

    public Task<EnrolmentAnswer> QueryAsync(string ns, string pod, string uid, CancellationToken cancellationToken) =>
        session.QueryEnrolmentAsync(new EnrolmentQuery { Namespace = ns, Pod = pod, Uid = uid }, cancellationToken);

    public Task<Pod> WaitForPodAsync(string uid, CancellationToken cancellationToken) => resources.WaitForPodAsync(uid, cancellationToken);

    public Pod? FindPod(string uid) => resources.FindPod(uid);

    public Task WaitForCertificateAsync(string ns, string serviceAccount, CancellationToken cancellationToken) =>
        certificates.WaitAsync(new ServiceAccountKey(ns, serviceAccount), cancellationToken);
}
