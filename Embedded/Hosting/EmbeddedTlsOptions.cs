using System.Net.Security;

namespace Orleans.Embedded.Hosting;

/// <summary>How silos prove to each other who they are. Both are called for every connection, so certificates may change at any time.</summary>
public sealed class EmbeddedTlsOptions
{
    /// <summary>The silo's certificate with its issuers, for both directions. Keep the context, and make a new one when the certificate changes.</summary>
    public required Func<SslStreamCertificateContext> Certificate { get; init; }

    /// <summary>
    /// Decides whether the other side is a silo. It is called for both directions, always with a certificate; what the system thinks of
    /// the chain is in its last parameter and is not acted upon.
    /// </summary>
    public required RemoteCertificateValidationCallback Validate { get; init; }
}
