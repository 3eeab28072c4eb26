using System.Text;

namespace Mesh.Proxy.Http1;

/// <summary>The responses that the proxy gives itself.</summary>
internal static class HttpAnswers
{
    private const int MaxReason = 512;

    /// <summary>
    /// Says a server-side proxy to a client-side one: the application did not take a connection, so it has not seen the request, and any
    /// other endpoint may. Only a proxy can say it, since <c>l5d-*</c> headers of applications do not pass a server-side proxy.
    /// </summary>
    public static ReadOnlySpan<byte> UnreachableName => "l5d-proxy-unreachable"u8;

    /// <summary>The usual answer to a request that policy does not allow, made once.</summary>
    public static ReadOnlySpan<byte> Forbidden => "HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n"u8;

    /// <summary>The same, with the reason, which only meshed clients are told.</summary>
    public static ReadOnlySpan<byte> ForbiddenExplained =>
        "HTTP/1.1 403 Forbidden\r\nl5d-proxy-error: unauthorized request on route\r\ncontent-length: 0\r\n\r\n"u8;

    /// <param name="status">The status code.</param>
    /// <param name="reason">For <c>l5d-proxy-error</c>; null: not told.</param>
    /// <param name="close">Whether the connection ends after it.</param>
    /// <param name="unreachable">Whether to say <see cref="UnreachableName"/>.</param>
    public static byte[] Create(int status, string? reason, bool close, bool unreachable = false)
    {
        var text = new StringBuilder();
        text.Append("HTTP/1.1 ").Append(status).Append(' ').Append(Phrase(status)).Append("\r\n");
        if (status == 405)
        {
            text.Append("allow: GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH\r\n");
        }
        if (reason is not null)
        {
            text.Append("l5d-proxy-error: ");
            foreach (var character in reason.AsSpan(0, Math.Min(reason.Length, MaxReason)))
            {
                text.Append(character is >= ' ' and <= '~' ? character : ' ');
            }
            text.Append("\r\n");
        }
        if (unreachable)
        {
            text.Append(Encoding.ASCII.GetString(UnreachableName)).Append(": true\r\n");
        }
        if (close)
        {
            text.Append("connection: close\r\n");
        }
        text.Append("content-length: 0\r\n\r\n");
        return Encoding.ASCII.GetBytes(text.ToString());
    }

    /// <summary>What to answer a head that was refused for <paramref name="error"/>.</summary>
    public static (int Status, string Reason) For(HeadError error) => error switch
    {
        HeadError.TooLarge => (431, "the request head is larger than this proxy takes"),
        HeadError.BareLineFeed => (400, "a line of the request head does not end with CR LF"),
        HeadError.BadStartLine => (400, "the request line is malformed"),
        HeadError.BadVersion => (505, "the request is neither HTTP/1.0 nor HTTP/1.1"),
        HeadError.BadHeaderName => (400, "a header name is malformed, or has a space before its colon"),
        HeadError.BadHeaderValue => (400, "a header value has a control character"),
        HeadError.FoldedHeader => (400, "a header is continued on a second line"),
        HeadError.BadContentLength => (400, "Content-Length is not one number"),
        HeadError.BadTransferEncoding => (400, "Transfer-Encoding is not exactly chunked"),
        HeadError.AmbiguousLength => (400, "the request has both Content-Length and Transfer-Encoding"),
        HeadError.BadHost => (400, "the request has no Host, or more than one"),
        _ => (400, "the request is malformed"),
    };

    private static string Phrase(int status) => status switch
    {
        400 => "Bad Request",
        403 => "Forbidden",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        431 => "Request Header Fields Too Large",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        505 => "HTTP Version Not Supported",
        _ => "Error",
    };
}
