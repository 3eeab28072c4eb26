using Mesh.Grains.Endpoints;
using Mesh.Grains.Observed;
using Mesh.Grains.Ports;
using Mesh.Interfaces.NodeSession;

namespace Mesh.Silo.NodeSessions;

/// <summary>Answers whether a pod whose network is being set up on a node is meshed.</summary>
internal sealed class EnrolmentQuestions(IClusterView view, PodLookup pods, NodeSessionOptions sessions)
{
    public async Task<EnrolmentAnswer> AnswerAsync(EnrolmentQuery query, string node, CancellationToken cancellationToken)
    {
        bool IsIt(ObservedPod pod) =>
            pod.Name == query.Pod && pod.Node == node && (query.Uid.Length == 0 || pod.Uid == query.Uid);
        var pod = await pods.FindAsync(query.Namespace, IsIt, sessions.PodPatience, cancellationToken);
        return new EnrolmentAnswer
        {
            Id = query.Id,
            Uid = pod?.Uid ?? query.Uid,
            Verdict = pod is null ? EnrolmentAnswer.Types.Verdict.NotKnown
                : MeshedPods.IsMeshed(pod, view.Namespace(pod.Namespace)) ? EnrolmentAnswer.Types.Verdict.Meshed
                : EnrolmentAnswer.Types.Verdict.NotMeshed,
        };
    }
}
