using Mesh.Interfaces.Identity;

namespace Mesh.Proxy.Tls;

/// <summary>A peer's certificate that chained to a trust anchor. Shared by all connections with that peer.</summary>
/// <param name="Identity">Who it is.</param>
/// <param name="NotBefore">When the last certificate of the chain became valid; seconds since 1970.</param>
/// <param name="NotAfter">When the first certificate of the chain, anchor included, ends; seconds since 1970.</param>
/// <param name="Fingerprint">Of the leaf.</param>
/// <param name="Chain">DER, leaf first, without the anchor.</param>
internal sealed record VerifiedPeer(
    WorkloadIdentity Identity, long NotBefore, long NotAfter, Fingerprint Fingerprint, IReadOnlyList<byte[]> Chain)
{
    /// <param name="now">Seconds since 1970.</param>
    public bool IsValidAt(long now) => NotBefore <= now && now <= NotAfter;
}
