namespace Mesh.Proxy.Tls;

/// <summary>Settings of a <see cref="TlsContext"/>.</summary>
internal sealed record TlsOptions
{
    public static TlsOptions Default { get; } = new();

    /// <summary>
    /// How long after a full handshake connections between the same two may be resumed; zero: never. An hour keeps full handshakes to one
    /// per hour and pair. Longer gains nothing, and after it the peer has to prove again that it holds its key. Never past the end of a
    /// certificate.
    /// </summary>
    public TimeSpan ResumptionLifetime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>
    /// Sessions a context keeps as a client, at some 4 KB each. One per endpoint in use: this is for a service account that calls several
    /// hundred pods; beyond that the oldest is forgotten, which costs a full handshake.
    /// </summary>
    public int MaxClientSessions { get; init; } = 512;

    /// <summary>
    /// Sessions a context keeps as a server, at some 6 KB each, the client's certificate included. One per client that made a full handshake
    /// within <see cref="ResumptionLifetime"/>; beyond that the oldest is forgotten, which costs its client a full handshake.
    /// </summary>
    public int MaxServerSessions { get; init; } = 1024;

    /// <summary>
    /// Different peer certificates a context remembers as verified, at some 2 KB each. Beyond that the oldest is forgotten, which costs a
    /// verification.
    /// </summary>
    public int MaxVerifiedPeers { get; init; } = 1024;
}
