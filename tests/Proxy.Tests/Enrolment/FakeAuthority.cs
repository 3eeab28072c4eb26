using System.Collections.Concurrent;
using Mesh.Interfaces.NodeSession;
using Mesh.Proxy.Enrolment;

namespace Mesh.Proxy.Tests.Enrolment;

/// <summary>A control plane that knows what the test tells it; a pod it was not told of is not known.</summary>
internal sealed class FakeAuthority : IEnrolmentAuthority
{
    public event Action? PodsChanged;

    public string Condition => "The fake control plane does not answer";

    /// <summary>Never answers.</summary>
    public bool Silent { get; set; }

    public ConcurrentDictionary<string, Pod> Meshed { get; } = new();

    public HashSet<string> NotMeshed { get; } = [];

    public IReadOnlyList<Pod> Pods => [.. Meshed.Values];

    public void Set(Pod pod)
    {
        Meshed[pod.Uid] = pod;
        PodsChanged?.Invoke();
    }

    public async Task<EnrolmentAnswer> QueryAsync(string ns, string pod, string uid, CancellationToken cancellationToken)
    {
        if (Silent)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        }
        var known = Meshed.Values.FirstOrDefault(candidate => candidate.Uid == uid || (candidate.Namespace == ns && candidate.Name == pod));
        return new EnrolmentAnswer
        {
            Uid = known?.Uid ?? uid,
            Verdict = known is not null ? EnrolmentAnswer.Types.Verdict.Meshed
                : NotMeshed.Contains(uid) ? EnrolmentAnswer.Types.Verdict.NotMeshed
                : EnrolmentAnswer.Types.Verdict.NotKnown,
        };
    }

    public Task<Pod> WaitForPodAsync(string uid, CancellationToken cancellationToken) => Task.FromResult(Meshed[uid]);

    public Pod? FindPod(string uid) => Meshed.GetValueOrDefault(uid);

    public Task WaitForCertificateAsync(string ns, string serviceAccount, CancellationToken cancellationToken) => Task.CompletedTask;
}
