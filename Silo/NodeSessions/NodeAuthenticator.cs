using Mesh.Grains.Observed;
using Mesh.Grains.Ports;
using Mesh.Silo.Configuration;
using Mesh.Silo.Identity;
using Mesh.Silo.Tokens;

namespace Mesh.Silo.NodeSessions;

/// <summary>
/// Establishes that a request comes from this cluster's proxy on a certain node: by a token made for us and bound to a proxy pod, that
/// pod's node in the informer, and on a session also by the proxy's certificate.
/// </summary>
internal sealed class NodeAuthenticator(
    ITokenReviewer tokens, PodLookup pods, SiloOptions options, NodeSessionOptions sessions)
{
    /// <summary>The audience proxies' tokens are made for.</summary>
    public const string Audience = "mesh-node-api";

    /// <returns>The caller, or why there is none.</returns>
    public async Task<(NodeCaller? Caller, NodeRefusal? Refusal)> AuthenticateAsync(
        HttpContext context, bool needsCertificate, CancellationToken cancellationToken)
    {
        if (needsCertificate && RefuseCertificate(context.Features.Get<PeerVerification>() ?? PeerVerification.None) is { } refusal)
        {
            return (null, refusal);
        }
        if (!BearerToken.TryRead(context.Request, "Authorization", out var token))
        {
            return Refuse(401, "The request has no 'authorization: Bearer' header. Send the projected service-account token.");
        }
        var review = await tokens.ReviewAsync(token, Audience, cancellationToken);
        switch (review.Outcome)
        {
            case TokenReviewOutcome.Unavailable:
                return Refuse(503, $"The API server could not review the token: {review.Error} Try again, here or at another silo.");
            case TokenReviewOutcome.Rejected:
                return Refuse(401, $"The API server rejects the token for audience {Audience}: {review.Error} It may have expired; "
                    + "read the file again.");
        }
        var account = $"system:serviceaccount:{options.PodNamespace}:{options.ProxyIdentity.ServiceAccount}";
        if (review.Username != account)
        {
            return Refuse(403, $"The token is {review.Username}'s; only {account} may open node sessions.");
        }
        if (review.PodName.Length == 0)
        {
            return Refuse(403, "The token is not bound to a pod. Mount a projected serviceAccountToken into the proxy's pod and "
                + "send that one.");
        }
        return await OfPodAsync(review, cancellationToken);
    }

    private async Task<(NodeCaller? Caller, NodeRefusal? Refusal)> OfPodAsync(TokenReviewResult review, CancellationToken cancellationToken)
    {
        bool IsIt(ObservedPod pod) =>
            pod.Name == review.PodName && pod.Node.Length > 0 && (review.PodUid.Length == 0 || pod.Uid == review.PodUid);
        var pod = await pods.FindAsync(options.PodNamespace, IsIt, sessions.PodPatience, cancellationToken);
        if (pod is null)
        {
            return Refuse(
                403, $"This silo knows no pod {options.PodNamespace}/{review.PodName} on a node, which the token is bound to. If "
                    + "it is new, try again.");
        }
        if (pod.ServiceAccount != options.ProxyIdentity.ServiceAccount)
        {
            return Refuse(403, $"The pod {options.PodNamespace}/{pod.Name} runs as {pod.ServiceAccount}, not as "
                + $"{options.ProxyIdentity.ServiceAccount}.");
        }
        return (new NodeCaller(pod.Name, pod.Uid, pod.Node), null);
    }

    private NodeRefusal? RefuseCertificate(PeerVerification peer)
    {
        if (!peer.Verified)
        {
            return new NodeRefusal(401, $"The client is not authenticated: {peer.Reason}. Get a certificate from Certify and "
                + "connect with it.");
        }
        return peer.Identity == options.ProxyIdentity
            ? null
            : new NodeRefusal(403, $"The client is {peer.Identity}; only {options.ProxyIdentity} may open node sessions.");
    }

    private static (NodeCaller?, NodeRefusal?) Refuse(int status, string reason) => (null, new NodeRefusal(status, reason));
}
