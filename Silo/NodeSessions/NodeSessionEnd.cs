namespace Mesh.Silo.NodeSessions;

/// <summary>Why a node session ended.</summary>
internal enum NodeSessionEnd
{
    /// <summary>The proxy ended it or its connection broke.</summary>
    ClosedByProxy,

    /// <summary>Nothing came from the proxy for longer than the silence timeout.</summary>
    Silent,

    /// <summary>The proxy did not take what was written to it in time.</summary>
    TooSlow,

    /// <summary>The proxy sent what it must not send.</summary>
    ProtocolError,

    /// <summary>The node's grain could not be reached for so long that another silo may do better.</summary>
    GrainUnreachable,

    /// <summary>Another session of the same node began at this silo.</summary>
    Replaced,

    /// <summary>The silo stops.</summary>
    Shutdown,

    /// <summary>A bug; the exception is in the log.</summary>
    Failed,
}
