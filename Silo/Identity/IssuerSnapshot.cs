using System.Collections.Immutable;
using System.Security.Cryptography.X509Certificates;

namespace Mesh.Silo.Identity;

/// <summary>
/// The issuer and the trust anchors as the files had them at one time. Never changed; readers take it once per operation.
/// </summary>
/// <param name="Issuer">The issuer's certificate, with its private key.</param>
/// <param name="Intermediates">What is between the issuer and an anchor, in the order of the file; usually nothing.</param>
/// <param name="Anchors">The trust anchors.</param>
internal sealed record IssuerSnapshot(
    X509Certificate2 Issuer,
    ImmutableArray<X509Certificate2> Intermediates,
    ImmutableArray<X509Certificate2> Anchors)
{
    /// <summary>The anchors, DER.</summary>
    public ImmutableArray<byte[]> AnchorsDer { get; } = [.. Anchors.Select(a => a.RawData)];

    /// <summary>The issuer and the intermediates, DER: what follows a leaf in its chain.</summary>
    public ImmutableArray<byte[]> ChainDer { get; } = [Issuer.RawData, .. Intermediates.Select(i => i.RawData)];

    /// <summary>When the issuer ends.</summary>
    public DateTimeOffset NotAfter { get; } = new(Issuer.NotAfter.ToUniversalTime());

    /// <summary>When the issuer begins.</summary>
    public DateTimeOffset NotBefore { get; } = new(Issuer.NotBefore.ToUniversalTime());
}
