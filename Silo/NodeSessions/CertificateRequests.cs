using Google.Protobuf;
using Mesh.Grains.Observed;
using Mesh.Interfaces.Identity;
using Mesh.Interfaces.NodeSession;
using Mesh.Silo.Configuration;
using Mesh.Silo.Identity;

namespace Mesh.Silo.NodeSessions;

/// <summary>
/// Answers certificate requests of one node's proxy: only for service accounts of pods that are running or about to run on that very
/// node, so that a broken-into node cannot speak for another one's workloads.
/// </summary>
internal sealed partial class CertificateRequests(
    CertificateAuthority authority, PodLookup pods, SiloOptions options, NodeSessionOptions sessions, ILogger<CertificateRequests> logger)
{
    /// <returns>A chain, or an error that says what to do. Never throws except on cancellation.</returns>
    public async Task<Certificate> AnswerAsync(CertificateRequest request, string node, CancellationToken cancellationToken)
    {
        var answer = new Certificate { Id = request.Id, Namespace = request.Namespace, ServiceAccount = request.ServiceAccount };
        var identity = new WorkloadIdentity(request.ServiceAccount, request.Namespace, options.TrustDomain);
        if (!WorkloadIdentity.TryParseDnsName(identity.DnsName, out var parsed) || parsed != identity)
        {
            return Refuse(answer, node, "The request does not name a namespace and a service account.");
        }
        if (identity == options.SiloIdentity)
        {
            // Whoever is a silo rules the mesh, and silos issue their own.
            return Refuse(answer, node, $"{identity} is issued to silos only.");
        }
        bool Entitles(ObservedPod pod) =>
            pod.Node == node && pod.ServiceAccount == identity.ServiceAccount && (pod.Phase is "Pending" or "Running");
        if (await pods.FindAsync(identity.Namespace, Entitles, sessions.PodPatience, cancellationToken) is null)
        {
            return Refuse(
                answer, node,
                $"No running or pending pod on node {node} has service account {identity.Namespace}/{identity.ServiceAccount}. Ask "
                    + "again when one has.");
        }
        if (!authority.TryIssue(request.Csr.ToByteArray(), identity, out var issued, out var error))
        {
            return Refuse(answer, node, error);
        }
        answer.Chain.AddRange(issued.Chain.Select(c => ByteString.CopyFrom(c)));
        answer.TrustAnchors.AddRange(issued.TrustAnchors.Select(c => ByteString.CopyFrom(c)));
        answer.NotBeforeUnixSeconds = issued.NotBefore.ToUnixTimeSeconds();
        answer.NotAfterUnixSeconds = issued.NotAfter.ToUnixTimeSeconds();
        LogIssued(identity, node, issued.NotAfter);
        return answer;
    }

    private Certificate Refuse(Certificate answer, string node, string error)
    {
        LogRefused(answer.Namespace, answer.ServiceAccount, node, error);
        answer.Error = error;
        return answer;
    }

    [LoggerMessage(2100, LogLevel.Information, "Issued a certificate for {Identity} to node {Node}, until {NotAfter:u}.")]
    private partial void LogIssued(WorkloadIdentity identity, string node, DateTimeOffset notAfter);

    [LoggerMessage(2101, LogLevel.Warning, "Refused node {Node} a certificate for {Namespace}/{ServiceAccount}. {Problem}")]
    private partial void LogRefused(string @namespace, string serviceAccount, string node, string problem);
}
