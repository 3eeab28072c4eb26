namespace Mesh.Silo.NodeSessions;

internal enum FrameResult
{
    /// <summary>A whole frame was read.</summary>
    Complete,

    /// <summary>The bytes so far are the beginning of a frame.</summary>
    Incomplete,

    /// <summary>The bytes are no frame, or one that is too long.</summary>
    Invalid,
}
