namespace Mesh.Proxy.DataPlane;

/// <summary>What a service account's pods prove themselves with, and verify their peers against.</summary>
/// <param name="Namespace">The service account's namespace.</param>
/// <param name="ServiceAccount">The service account.</param>
/// <param name="Chain">DER, leaf first, then the issuers without the trust anchor.</param>
/// <param name="PrivateKey">The leaf's key, PKCS#8 DER. Copied into the TLS library; the caller may clear it afterwards.</param>
/// <param name="TrustAnchors">DER; at least one.</param>
internal sealed record WorkloadCertificate(
    string Namespace,
    string ServiceAccount,
    IReadOnlyList<ReadOnlyMemory<byte>> Chain,
    ReadOnlyMemory<byte> PrivateKey,
    IReadOnlyList<ReadOnlyMemory<byte>> TrustAnchors);
