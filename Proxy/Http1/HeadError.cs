namespace Mesh.Proxy.Http1;

/// <summary>Why a message head is refused. Two parties that read such a head differently could be played off against each other.</summary>
internal enum HeadError
{
    None,
    TooLarge,

    /// <summary>A line that does not end with CR LF.</summary>
    BareLineFeed,
    BadStartLine,
    BadVersion,

    /// <summary>A header name that is not a token, or a space before its colon.</summary>
    BadHeaderName,

    /// <summary>A control character in a header value.</summary>
    BadHeaderValue,

    /// <summary>A header line continued on the next (obs-fold).</summary>
    FoldedHeader,
    BadContentLength,
    BadTransferEncoding,

    /// <summary>Both Content-Length and Transfer-Encoding.</summary>
    AmbiguousLength,
    BadHost,
}
