using System.Collections.Immutable;

namespace Mesh.Silo.Identity;

/// <param name="Chain">DER, the leaf first, then the issuer.</param>
/// <param name="TrustAnchors">DER.</param>
internal sealed record IssuedCertificate(
    ImmutableArray<byte[]> Chain,
    ImmutableArray<byte[]> TrustAnchors,
    DateTimeOffset NotBefore,
    DateTimeOffset NotAfter);
