namespace Mesh.Proxy.Http2.Frames;

/// <summary>
/// Why a header list is malformed (RFC 9113 section 8.1.1). All of them end the stream with PROTOCOL_ERROR, none the connection.
/// </summary>
internal enum HeaderError
{
    None,

    /// <summary>A name with anything but lower-case token characters (section 8.2.1), or empty.</summary>
    BadName,

    /// <summary>A value with a control character, or white space around it (section 8.2.1).</summary>
    BadValue,

    /// <summary>A pseudo-header field behind a regular one, twice, unknown or in the wrong kind of message (section 8.3).</summary>
    BadPseudoField,

    /// <summary>A pseudo-header field that must be there is not.</summary>
    MissingPseudoField,

    /// <summary>Connection, Keep-Alive, Proxy-Connection, Transfer-Encoding or Upgrade (section 8.2.2).</summary>
    ConnectionSpecificField,

    /// <summary>TE with anything but "trailers" (section 8.2.2).</summary>
    BadTe,
    BadMethod,
    BadScheme,
    BadPath,

    /// <summary>No authority, an empty one, or one with characters that it cannot have.</summary>
    BadAuthority,

    /// <summary>Host says something else than :authority, or is there twice (section 8.3.1).</summary>
    HostConflict,

    /// <summary>CONNECT with :scheme or :path (section 8.5).</summary>
    BadConnect,

    /// <summary>Not one number.</summary>
    BadContentLength,

    /// <summary>Not three digits, or 101, which HTTP/2 does not have (section 8.6).</summary>
    BadStatus,
}
