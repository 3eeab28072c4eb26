using System.Text;
using Mesh.Proxy.Reactor;

namespace Mesh.Proxy.Http1;

/// <summary>
/// Copies a head that has been parsed to the other side, without the headers that end at this hop (RFC 9110 section 7.6.1) and, where
/// asked, without <c>l5d-*</c> headers, which only a proxy may set.
/// </summary>
internal static class HeadRewriter
{
    private static ReadOnlySpan<byte> LineEnd => "\r\n"u8;

    /// <param name="head">The whole head.</param>
    /// <param name="request">What the parser found in it.</param>
    /// <param name="dropReserved">Whether <c>l5d-*</c> headers are left out.</param>
    /// <param name="extra">Header lines to add, with their CR LF.</param>
    /// <param name="output">Where to; unchanged only on success false with nothing written before.</param>
    /// <returns>False when it does not fit.</returns>
    public static bool TryWriteRequest(
        ReadOnlySpan<byte> head, in RequestHead request, bool dropReserved, ReadOnlySpan<byte> extra, IoBuffer output) =>
        output.TryAppend(head[..request.HeadersStart])
            && TryCopy(head[request.HeadersStart..], request.IsUpgrade, request.NominatesHeaders, dropReserved, output)
            && (!request.IsUpgrade || output.TryAppend("Connection: upgrade\r\n"u8))
            && output.TryAppend(extra)
            && output.TryAppend(LineEnd);

    /// <inheritdoc cref="TryWriteRequest"/>
    public static bool TryWriteResponse(
        ReadOnlySpan<byte> head, in ResponseHead response, bool dropReserved, ReadOnlySpan<byte> extra, IoBuffer output) =>
        output.TryAppend(head[..response.HeadersStart])
            && TryCopy(head[response.HeadersStart..], response.Status is 101 or 426, response.NominatesHeaders, dropReserved, output)
            && (response.Status != 101 || output.TryAppend("Connection: upgrade\r\n"u8))
            && output.TryAppend(extra)
            && output.TryAppend(LineEnd);

    private static bool TryCopy(ReadOnlySpan<byte> lines, bool keepUpgrade, bool nominates, bool dropReserved, IoBuffer output)
    {
        var start = 0;
        var at = 0;
        while (true)
        {
            var end = at + lines[at..].IndexOf((byte)'\n') + 1;
            if (end - at <= 2)
            {
                return output.TryAppend(lines[start..at]);
            }
            var line = lines[at..end];
            var name = line[..line.IndexOf((byte)':')];
            if (EndsHere(name, keepUpgrade) || (dropReserved && IsReserved(name)) || (nominates && IsNominated(lines, name)))
            {
                if (!output.TryAppend(lines[start..at]))
                {
                    return false;
                }
                start = end;
            }
            at = end;
        }
    }

    private static bool EndsHere(ReadOnlySpan<byte> name, bool keepUpgrade) => name.Length switch
    {
        2 => Ascii.EqualsIgnoreCase(name, "te"u8),
        7 => !keepUpgrade && Ascii.EqualsIgnoreCase(name, "upgrade"u8),
        10 => Ascii.EqualsIgnoreCase(name, "connection"u8) || Ascii.EqualsIgnoreCase(name, "keep-alive"u8),
        14 => Ascii.EqualsIgnoreCase(name, "http2-settings"u8),
        16 => Ascii.EqualsIgnoreCase(name, "proxy-connection"u8),
        _ => false,
    };

    private static bool IsReserved(ReadOnlySpan<byte> name) => name.Length > 4 && Ascii.EqualsIgnoreCase(name[..4], "l5d-"u8);

    // Headers that frame the message or name its recipient do not end here, whatever a Connection header says: dropping them would
    // change what the next hop reads.
    private static bool IsNominated(ReadOnlySpan<byte> lines, ReadOnlySpan<byte> name)
    {
        if (Ascii.EqualsIgnoreCase(name, "content-length"u8) || Ascii.EqualsIgnoreCase(name, "transfer-encoding"u8)
            || Ascii.EqualsIgnoreCase(name, "host"u8) || Ascii.EqualsIgnoreCase(name, "upgrade"u8))
        {
            return false;
        }
        var headers = new HeaderReader(lines);
        while (headers.TryRead(out _))
        {
            if (headers.Name.Length == 10 && Ascii.EqualsIgnoreCase(headers.Name, "connection"u8)
                && FramingFields.HasOption(headers.Value, name))
            {
                return true;
            }
        }
        return false;
    }
}
