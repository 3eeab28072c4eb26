namespace Orleans.Embedded.Transport;

/// <summary>What a frame holds, all of it JSON.</summary>
internal enum FrameType : byte
{
    /// <summary>The first frame, in both directions: who speaks, and whom it knows.</summary>
    Hello = 1,

    /// <summary>Whom the speaker knows; wants an answer of the next kind.</summary>
    Ping = 2,

    /// <summary>Whom the speaker knows.</summary>
    Gossip = 3,

    Request = 4,

    Response = 5,

    /// <summary>Nobody waits any more for the answer to a request.</summary>
    Cancel = 6,
}
