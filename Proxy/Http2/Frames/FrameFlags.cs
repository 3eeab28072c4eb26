namespace Mesh.Proxy.Http2.Frames;

/// <summary>Frame flags; which of them mean something depends on the type (RFC 9113 section 6).</summary>
[Flags]
internal enum FrameFlags : byte
{
    None = 0,

    /// <summary>On DATA and HEADERS.</summary>
    EndStream = 0x1,

    /// <summary>On SETTINGS and PING.</summary>
    Ack = 0x1,

    /// <summary>On HEADERS, PUSH_PROMISE and CONTINUATION.</summary>
    EndHeaders = 0x4,

    /// <summary>On DATA, HEADERS and PUSH_PROMISE.</summary>
    Padded = 0x8,

    /// <summary>On HEADERS.</summary>
    Priority = 0x20,
}
