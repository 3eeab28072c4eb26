using Mesh.Interfaces.NodeSession;

namespace Mesh.Proxy.Certificates;

/// <summary>Where certificates come from: a session, or the bootstrap call.</summary>
internal interface ICertificateIssuer
{
    /// <summary>Sends the request; waits until it can be sent. The request's id is set by the issuer.</summary>
    /// <returns>The answer, which may be an error.</returns>
    Task<Certificate> IssueAsync(CertificateRequest request, CancellationToken cancellationToken);
}
