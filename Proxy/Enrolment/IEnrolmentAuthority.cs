using Mesh.Interfaces.NodeSession;

namespace Mesh.Proxy.Enrolment;

/// <summary>What enrolment needs to know from the control plane, and when it has it.</summary>
internal interface IEnrolmentAuthority
{
    /// <summary>How things stand with the control plane, for error messages.</summary>
    string Condition { get; }

    /// <summary>Raised when pods' resources changed. Handlers must not block.</summary>
    event Action? PodsChanged;

    /// <summary>The meshed pods that the control plane places on this node.</summary>
    IReadOnlyList<Pod> Pods { get; }

    /// <summary>Whether the pod is meshed; waits for a session.</summary>
    Task<EnrolmentAnswer> QueryAsync(string ns, string pod, string uid, CancellationToken cancellationToken);

    /// <summary>The meshed pod's resource; waits until the control plane has sent it.</summary>
    Task<Pod> WaitForPodAsync(string uid, CancellationToken cancellationToken);

    /// <summary>The pod's resource as it is held now.</summary>
    Pod? FindPod(string uid);

    /// <summary>Waits until pods of the service account can prove who they are.</summary>
    Task WaitForCertificateAsync(string ns, string serviceAccount, CancellationToken cancellationToken);
}
