using System.Text;

namespace Mesh.Proxy.Http1;

/// <summary>Reads a complete response head (RFC 9112 sections 4, 5 and 6.3).</summary>
internal static class ResponseHeadParser
{
    /// <param name="head">From the status line to the empty line, as <see cref="HeadScanner"/> found it.</param>
    /// <param name="verb">The request's: a response to HEAD has no body, whatever its head says.</param>
    /// <param name="response">What it says; undefined on error.</param>
    public static HeadError Parse(ReadOnlySpan<byte> head, HttpVerb verb, out ResponseHead response)
    {
        response = new ResponseHead { Length = head.Length };
        var end = head.IndexOf((byte)'\n');
        // HTTP/1.x SP 3DIGIT [SP reason]
        if (end < 13 || head[end - 1] != '\r' || !head.StartsWith("HTTP/1."u8)
            || head[8] != ' ' || head[12] is not ((byte)' ' or (byte)'\r'))
        {
            return HeadError.BadStartLine;
        }
        if (head[7] is not ((byte)'0' or (byte)'1'))
        {
            return HeadError.BadVersion;
        }
        // A bare CR in the reason is a line end to some readers, and what follows it a header.
        if (!TryParseStatus(head.Slice(9, 3), out response.Status) || head[12..(end - 1)].ContainsAny(HeaderReader.BadValueCharacters))
        {
            return HeadError.BadStartLine;
        }
        response.MinorVersion = head[7] - '0';
        response.HeadersStart = end + 1;
        var fields = default(FramingFields);
        var headers = new HeaderReader(head[response.HeadersStart..]);
        HeadError error;
        while (headers.TryRead(out error))
        {
            error = fields.Read(headers.Name, headers.Value);
            if (error != HeadError.None)
            {
                return error;
            }
            response.IsUnreachable |= headers.Name.Length == HttpAnswers.UnreachableName.Length
                && response.Status == 503 && Ascii.EqualsIgnoreCase(headers.Name, HttpAnswers.UnreachableName);
        }
        if (error != HeadError.None)
        {
            return error;
        }
        if (fields.IsChunked && fields.HasContentLength)
        {
            return HeadError.AmbiguousLength;
        }
        if (fields.IsChunked && response.MinorVersion == 0)
        {
            return HeadError.BadTransferEncoding;
        }
        response.ContentLength = fields.ContentLength;
        response.NominatesHeaders = fields.NominatesHeaders;
        response.Framing = FramingOf(verb, response.Status, fields);
        response.KeepAlive = response.Framing != BodyFraming.UntilClose
            && !fields.HasClose && (response.MinorVersion == 1 || fields.HasKeepAlive);
        return HeadError.None;
    }

    private static BodyFraming FramingOf(HttpVerb verb, int status, in FramingFields fields)
    {
        if (verb == HttpVerb.Head || status is < 200 or 204 or 304)
        {
            return BodyFraming.None;
        }
        if (fields.IsChunked)
        {
            return BodyFraming.Chunked;
        }
        if (!fields.HasContentLength)
        {
            return BodyFraming.UntilClose;
        }
        return fields.ContentLength > 0 ? BodyFraming.Length : BodyFraming.None;
    }

    private static bool TryParseStatus(ReadOnlySpan<byte> digits, out int status)
    {
        status = 0;
        foreach (var digit in digits)
        {
            if (digit is < (byte)'0' or > (byte)'9')
            {
                return false;
            }
            status = status * 10 + (digit - '0');
        }
        return status is >= 100 and <= 599;
    }
}
