using Mesh.Interfaces.Identity;

namespace Mesh.Silo.Identity;

/// <summary>What a peer's certificate proved: an identity, or with <see cref="Reason"/> nothing.</summary>
/// <param name="Identity">Who the peer is; only meaningful without a reason.</param>
/// <param name="Reason">Why the certificate proves nothing; null when it does.</param>
internal sealed record PeerVerification(WorkloadIdentity Identity, string? Reason)
{
    /// <summary>The peer showed no certificate.</summary>
    public static PeerVerification None { get; } = Refused("it showed no certificate");

    public bool Verified => Reason is null;

    public static PeerVerification Refused(string reason) => new(default, reason);
}
