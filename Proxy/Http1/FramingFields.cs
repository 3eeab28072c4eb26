using System.Text;

namespace Mesh.Proxy.Http1;

/// <summary>What the header lines say about framing and the connection; the part that requests and responses share.</summary>
internal struct FramingFields
{
    public bool HasContentLength;
    public bool IsChunked;
    public bool HasClose;
    public bool HasKeepAlive;
    public bool HasUpgradeOption;

    /// <summary>The Connection header names other headers, which then end at this hop.</summary>
    public bool NominatesHeaders;
    public long ContentLength;

    /// <summary>Looks at one header line.</summary>
    public HeadError Read(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        switch (name.Length)
        {
            case 14 when Ascii.EqualsIgnoreCase(name, "content-length"u8):
                // Also a repeated equal one: a recipient that joins them to a list may read it differently.
                if (HasContentLength || !TryParseLength(value, out ContentLength))
                {
                    return HeadError.BadContentLength;
                }
                HasContentLength = true;
                return HeadError.None;
            case 17 when Ascii.EqualsIgnoreCase(name, "transfer-encoding"u8):
                if (IsChunked || !Ascii.EqualsIgnoreCase(value, "chunked"u8))
                {
                    return HeadError.BadTransferEncoding;
                }
                IsChunked = true;
                return HeadError.None;
            case 10 when Ascii.EqualsIgnoreCase(name, "connection"u8):
                ReadConnection(value);
                return HeadError.None;
            default:
                return HeadError.None;
        }
    }

    /// <summary>Whether <paramref name="name"/> is one of the comma-separated options in <paramref name="value"/>.</summary>
    public static bool HasOption(ReadOnlySpan<byte> value, ReadOnlySpan<byte> name)
    {
        while (NextOption(ref value, out var option))
        {
            if (Ascii.EqualsIgnoreCase(option, name))
            {
                return true;
            }
        }
        return false;
    }

    private static bool NextOption(ref ReadOnlySpan<byte> value, out ReadOnlySpan<byte> option)
    {
        option = default;
        if (value.IsEmpty)
        {
            return false;
        }
        var comma = value.IndexOf((byte)',');
        option = (comma < 0 ? value : value[..comma]).Trim(" \t"u8);
        value = comma < 0 ? default : value[(comma + 1)..];
        return true;
    }

    private void ReadConnection(ReadOnlySpan<byte> value)
    {
        while (NextOption(ref value, out var option))
        {
            if (Ascii.EqualsIgnoreCase(option, "close"u8))
            {
                HasClose = true;
            }
            else if (Ascii.EqualsIgnoreCase(option, "keep-alive"u8))
            {
                HasKeepAlive = true;
            }
            else if (Ascii.EqualsIgnoreCase(option, "upgrade"u8))
            {
                HasUpgradeOption = true;
            }
            else if (!option.IsEmpty)
            {
                NominatesHeaders = true;
            }
        }
    }

    // RFC 9110 section 8.6: digits only; no sign, no list, no overflow.
    private static bool TryParseLength(ReadOnlySpan<byte> value, out long length)
    {
        length = 0;
        if (value.Length is 0 or > 18)
        {
            return false;
        }
        foreach (var digit in value)
        {
            if (digit is < (byte)'0' or > (byte)'9')
            {
                return false;
            }
            length = length * 10 + (digit - '0');
        }
        return true;
    }
}
