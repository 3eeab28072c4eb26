using System.Globalization;
using Mesh.Proxy.Reactor;

namespace Mesh.Proxy.AccessLogs;

/// <summary>
/// A line as it grows, in memory that is kept and reused. Text from the wire goes in escaped, so that no value can end a line or a quoted
/// string: a request must not be able to write a line about a request that never was.
/// </summary>
internal sealed class LogText
{
    // A line with long values does not keep its memory for ever.
    private const int MostKept = 16 * 1024;
    private byte[] _bytes = new byte[1024];
    private int _length;

    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _length);

    public void Clear()
    {
        if (_bytes.Length > MostKept)
        {
            _bytes = new byte[1024];
        }
        _length = 0;
    }

    /// <summary>Adds what is known to be harmless.</summary>
    public LogText Add(ReadOnlySpan<byte> text)
    {
        text.CopyTo(Room(text.Length));
        _length += text.Length;
        return this;
    }

    public LogText Add<T>(T value, ReadOnlySpan<char> format = default)
        where T : IUtf8SpanFormattable
    {
        var written = 0;
        for (var room = 64; !value.TryFormat(Room(room), out written, format, CultureInfo.InvariantCulture); room *= 2)
        {
        }
        _length += written;
        return this;
    }

    public LogText Add(SocketEndpoint endpoint)
    {
        if (!endpoint.Ip.IsV4)
        {
            return Add("["u8).Add(endpoint.Ip.ToIPAddress()).Add("]:"u8).Add(endpoint.Port);
        }
        for (var shift = 24; shift >= 0; shift -= 8)
        {
            Add((byte)(endpoint.Ip.V4 >> shift)).Add(shift > 0 ? "."u8 : ":"u8);
        }
        return Add(endpoint.Port);
    }

    /// <summary>Adds text from outside as part of a JSON string (RFC 8259 section 7). Bytes above 127 are taken for Latin-1.</summary>
    public LogText AddJson(ReadOnlySpan<byte> value)
    {
        foreach (var b in value)
        {
            if (b is (byte)'"' or (byte)'\\')
            {
                Add([(byte)'\\', b]);
            }
            else if (b is < 0x20 or >= 0x7f)
            {
                Add("\\u00"u8).AddHex(b);
            }
            else
            {
                Add([b]);
            }
        }
        return this;
    }

    /// <summary>Adds text from outside as httpd's log escapes it: <c>\"</c>, <c>\\</c>, and <c>\xhh</c> for what is not printable.</summary>
    public LogText AddQuoted(ReadOnlySpan<byte> value)
    {
        foreach (var b in value)
        {
            if (b is (byte)'"' or (byte)'\\')
            {
                Add([(byte)'\\', b]);
            }
            else if (b is < 0x20 or >= 0x7f)
            {
                Add("\\x"u8).AddHex(b);
            }
            else
            {
                Add([b]);
            }
        }
        return this;
    }

    private void AddHex(byte value)
    {
        var digits = "0123456789abcdef"u8;
        Add([digits[value >> 4], digits[value & 15]]);
    }

    private Span<byte> Room(int count)
    {
        if (_bytes.Length - _length < count)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + count));
        }
        return _bytes.AsSpan(_length);
    }
}
