using System.Text;

namespace Mesh.Proxy.Http1;

/// <summary>Reads a complete request head (RFC 9112 sections 3 and 5). Strict: what could be read in two ways is refused.</summary>
internal static class RequestHeadParser
{
    /// <param name="head">From the request line to the empty line, as <see cref="HeadScanner"/> found it.</param>
    /// <param name="request">What it says; undefined on error.</param>
    public static HeadError Parse(ReadOnlySpan<byte> head, out RequestHead request)
    {
        request = new RequestHead { Length = head.Length };
        var error = ParseRequestLine(head, ref request);
        if (error != HeadError.None)
        {
            return error;
        }
        var fields = default(FramingFields);
        var hasHost = false;
        var hasUpgrade = false;
        var upgradesToHttp2 = false;
        var headers = new HeaderReader(head[request.HeadersStart..]);
        while (headers.TryRead(out error))
        {
            error = fields.Read(headers.Name, headers.Value);
            if (error != HeadError.None)
            {
                return error;
            }
            switch (headers.Name.Length)
            {
                case 4 when Ascii.EqualsIgnoreCase(headers.Name, "host"u8):
                    if (hasHost || headers.Value.ContainsAny((byte)' ', (byte)'\t', (byte)','))
                    {
                        return HeadError.BadHost;
                    }
                    hasHost = true;
                    break;
                case 7 when Ascii.EqualsIgnoreCase(headers.Name, "upgrade"u8):
                    hasUpgrade = true;
                    upgradesToHttp2 |= FramingFields.HasOption(headers.Value, "h2c"u8) || FramingFields.HasOption(headers.Value, "h2"u8);
                    break;
                default:
                    break;
            }
        }
        if (error != HeadError.None)
        {
            return error;
        }
        if (request.MinorVersion == 1 && !hasHost)
        {
            return HeadError.BadHost;
        }
        if (fields.IsChunked && fields.HasContentLength)
        {
            return HeadError.AmbiguousLength;
        }
        if (fields.IsChunked && request.MinorVersion == 0)
        {
            return HeadError.BadTransferEncoding;
        }
        request.Framing = fields.IsChunked ? BodyFraming.Chunked : fields.ContentLength > 0 ? BodyFraming.Length : BodyFraming.None;
        request.ContentLength = fields.ContentLength;
        request.KeepAlive = !fields.HasClose && (request.MinorVersion == 1 || fields.HasKeepAlive);
        request.IsUpgrade = hasUpgrade && fields.HasUpgradeOption && request.MinorVersion == 1 && !upgradesToHttp2;
        request.NominatesHeaders = fields.NominatesHeaders;
        return HeadError.None;
    }

    private static HeadError ParseRequestLine(ReadOnlySpan<byte> head, ref RequestHead request)
    {
        var end = head.IndexOf((byte)'\n');
        if (end < 1 || head[end - 1] != '\r')
        {
            return HeadError.BadStartLine;
        }
        var line = head[..(end - 1)];
        var space = line.IndexOf((byte)' ');
        var last = line.LastIndexOf((byte)' ');
        // method SP target SP version, one space each
        if (space < 1 || last <= space + 1 || last != line.Length - 9)
        {
            return HeadError.BadStartLine;
        }
        var method = line[..space];
        var target = line[(space + 1)..last];
        if (!IsToken(method) || target.ContainsAnyInRange((byte)0, (byte)0x20) || target.Contains((byte)0x7F))
        {
            return HeadError.BadStartLine;
        }
        var version = line[(last + 1)..];
        if (!version.StartsWith("HTTP/1."u8) || version[7] is not ((byte)'0' or (byte)'1'))
        {
            return HeadError.BadVersion;
        }
        request.MinorVersion = version[7] - '0';
        request.Verb = VerbOf(method);
        request.TargetStart = space + 1;
        request.TargetLength = target.Length;
        request.HeadersStart = end + 1;
        return HeadError.None;
    }

    private static bool IsToken(ReadOnlySpan<byte> text)
    {
        foreach (var character in text)
        {
            if (!char.IsAsciiLetterOrDigit((char)character) && "!#$%&'*+-.^_`|~"u8.IndexOf(character) < 0)
            {
                return false;
            }
        }
        return true;
    }

    // Methods are case-sensitive.
    internal static HttpVerb VerbOf(ReadOnlySpan<byte> method) => method.Length switch
    {
        3 when method.SequenceEqual("GET"u8) => HttpVerb.Get,
        3 when method.SequenceEqual("PUT"u8) => HttpVerb.Put,
        4 when method.SequenceEqual("POST"u8) => HttpVerb.Post,
        4 when method.SequenceEqual("HEAD"u8) => HttpVerb.Head,
        5 when method.SequenceEqual("TRACE"u8) => HttpVerb.Trace,
        6 when method.SequenceEqual("DELETE"u8) => HttpVerb.Delete,
        7 when method.SequenceEqual("OPTIONS"u8) => HttpVerb.Options,
        7 when method.SequenceEqual("CONNECT"u8) => HttpVerb.Connect,
        _ => HttpVerb.Other,
    };
}
