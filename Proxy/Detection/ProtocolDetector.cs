using System.Buffers;

namespace Mesh.Proxy.Detection;

/// <summary>
/// Tells protocols apart by their first bytes. Prefers availability to certainty: what is not clearly HTTP or TLS is opaque, and whoever
/// says nothing is opaque once the caller's time limit has passed (server-speaks-first protocols).
/// </summary>
internal static class ProtocolDetector
{
    private const int MaxMethodLength = 32;
    private const int MaxRequestLine = 64 * 1024;
    private static readonly SearchValues<byte> MethodCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~"u8);

    private static ReadOnlySpan<byte> Http2Preface => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8;

    public static DetectedProtocol Detect(ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty)
        {
            return DetectedProtocol.NeedMore;
        }
        if (data[0] == ClientHello.RecordType)
        {
            return ClientHello.Detect(data);
        }
        var compared = Math.Min(data.Length, Http2Preface.Length);
        if (data[..compared].SequenceEqual(Http2Preface[..compared]))
        {
            return compared == Http2Preface.Length ? DetectedProtocol.Http2 : DetectedProtocol.NeedMore;
        }
        return DetectRequestLine(data);
    }

    // RFC 9112 section 3: method SP request-target SP HTTP-version.
    private static DetectedProtocol DetectRequestLine(ReadOnlySpan<byte> data)
    {
        var method = data.IndexOfAnyExcept(MethodCharacters);
        if (method < 0)
        {
            return data.Length > MaxMethodLength ? DetectedProtocol.Opaque : DetectedProtocol.NeedMore;
        }
        if (method is 0 or > MaxMethodLength || data[method] != ' ')
        {
            return DetectedProtocol.Opaque;
        }
        // A request line has no control characters; binary protocols soon do. The answer must not depend on how much has arrived.
        var end = data.IndexOf((byte)'\n');
        var line = end < 0 ? data : data[..end];
        if (line.Length > MaxRequestLine || line[method..].ContainsAnyInRange((byte)0, (byte)0x0C))
        {
            return DetectedProtocol.Opaque;
        }
        if (end < 0)
        {
            return DetectedProtocol.NeedMore;
        }
        line = line.TrimEnd((byte)'\r');
        return line.EndsWith(" HTTP/1.1"u8) || line.EndsWith(" HTTP/1.0"u8) ? DetectedProtocol.Http1 : DetectedProtocol.Opaque;
    }
}
