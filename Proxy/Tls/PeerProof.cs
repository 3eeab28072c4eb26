namespace Mesh.Proxy.Tls;

/// <summary>How a session knows who its peer is.</summary>
internal enum PeerProof : byte
{
    /// <summary>It does not.</summary>
    None,

    /// <summary>From an earlier session that is being resumed. Until the handshake is done, only offered.</summary>
    Session,

    /// <summary>The peer has sent its certificate.</summary>
    Certificate,
}
