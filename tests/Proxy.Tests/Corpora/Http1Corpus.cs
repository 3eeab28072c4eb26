using System.Text;

namespace Mesh.Proxy.Tests.Corpora;

/// <summary>Message heads and bodies of HTTP/1.1: examples for tests, seeds for fuzzing. Text is Latin-1.</summary>
internal static class Http1Corpus
{
    public static readonly string[] GoodRequests =
    [
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /a/b?c=d HTTP/1.0\r\n\r\n",
        "POST /x HTTP/1.1\r\nhost: a:80\r\ncontent-length: 12\r\n\r\n",
        "PUT /x HTTP/1.1\r\nHost: [::1]:80\r\nTransfer-Encoding: chunked\r\nTrailer: x\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close, x-drop\r\nX-Drop: 1\r\nKeep-Alive: timeout=5\r\n\r\n",
        "GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nl5d-client-id: forged\r\nL5D-Dst: x\r\nCookie: a=b\r\nCookie: c=d\r\nEmpty:\r\n\r\n",
        "BREW /pot HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n",
    ];

    /// <summary>Heads that are refused, and why.</summary>
    public static readonly (string Head, string Error)[] RefusedRequests =
    [
        ("GET / HTTP/1.1\r\n\r\n", "BadHost"),
        ("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", "BadHost"),
        ("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "BadHost"),
        ("GET  / HTTP/1.1\r\nHost: a\r\n\r\n", "BadStartLine"),
        ("GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", "BadStartLine"),
        ("GET / HTTP/1.1 \r\nHost: a\r\n\r\n", "BadStartLine"),
        ("G\u0001T / HTTP/1.1\r\nHost: a\r\n\r\n", "BadStartLine"),
        (" / HTTP/1.1\r\nHost: a\r\n\r\n", "BadStartLine"),
        ("GET / HTTP/1.2\r\nHost: a\r\n\r\n", "BadVersion"),
        ("GET / HTTP/2.0\r\nHost: a\r\n\r\n", "BadVersion"),
        ("GET / http/1.1\r\nHost: a\r\n\r\n", "BadVersion"),
        ("GET / HTTP/1.1\r\nHost : a\r\n\r\n", "BadHeaderName"),
        ("GET / HTTP/1.1\r\nHost\r\n\r\n", "BadHeaderName"),
        ("GET / HTTP/1.1\r\n: a\r\n\r\n", "BadHeaderName"),
        ("GET / HTTP/1.1\r\nHo\u00e9st: a\r\n\r\n", "BadHeaderName"),
        ("GET / HTTP/1.1\r\nHost: a\r\n\tb\r\n\r\n", "FoldedHeader"),
        ("GET / HTTP/1.1\r\nHost: a\r\nX: \u0000\r\n\r\n", "BadHeaderValue"),
        ("GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n", "BadHeaderValue"),
        ("GET / HTTP/1.1\r\nHost: a\r\nX: \u007f\r\n\r\n", "BadHeaderValue"),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \r\n\r\n", "BadContentLength"),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", "BadContentLength"),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x10\r\n\r\n", "BadContentLength"),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1 0\r\n\r\n", "BadContentLength"),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n", "BadContentLength"),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", "BadContentLength"),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n", "BadTransferEncoding"),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n", "BadTransferEncoding"),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", "BadTransferEncoding"),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \u000bchunked\r\n\r\n", "BadHeaderValue"),
        ("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", "BadTransferEncoding"),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n", "AmbiguousLength"),
    ];

    public static readonly string[] GoodResponses =
    [
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
        "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n",
        "HTTP/1.1 204 No Content\r\nServer: x\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
        "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 7\r\n\r\n",
        "HTTP/1.1 503 Service Unavailable\r\nl5d-proxy-error: x\r\nConnection: close\r\n\r\n",
    ];

    public static readonly string[] Bodies =
    [
        "0\r\n\r\n",
        "5\r\nhello\r\n0\r\n\r\n",
        "00005\r\nhello\r\n0\r\n\r\n",
        "a;x=1\r\n0123456789\r\nB\r\n0123456789a\r\n0\r\n\r\n",
        "1;a=\"b c\"\r\nx\r\n0\r\nTrailer: value\r\nOther:\r\n\r\n",
        "0\r\nl5d-client-id: forged\r\n\r\n",
    ];

    /// <summary>What separates the parts of a message, and characters that mean something to one reader and not to another.</summary>
    public static ReadOnlySpan<byte> Alphabet => " \r\n:\t,;0159afFx\0\u000b\u007f-+\"%HTP/."u8;

    /// <summary>All of the requests, as bytes.</summary>
    public static List<byte[]> Requests => Bytes(GoodRequests.Concat(RefusedRequests.Select(row => row.Head)));

    public static List<byte[]> Bytes(IEnumerable<string> texts) => [.. texts.Select(Encoding.Latin1.GetBytes)];
}
