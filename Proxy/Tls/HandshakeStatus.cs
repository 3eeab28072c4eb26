namespace Mesh.Proxy.Tls;

/// <summary>How far a handshake is.</summary>
internal enum HandshakeStatus
{
    /// <summary>Waits for the peer.</summary>
    InProgress,

    /// <summary>Done, and the peer's certificate is a workload's that chains to a trust anchor.</summary>
    Done,

    /// <summary>Over; <see cref="TlsSession.Failure"/> says why.</summary>
    Failed,
}
