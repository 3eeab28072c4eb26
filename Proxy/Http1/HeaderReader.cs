using System.Buffers;

namespace Mesh.Proxy.Http1;

/// <summary>Reads the header lines of a complete head (RFC 9112 section 5), validating each.</summary>
internal ref struct HeaderReader(ReadOnlySpan<byte> lines)
{
    private static readonly SearchValues<byte> TokenCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~"u8);

    /// <summary>All control characters but the tab.</summary>
    public static readonly SearchValues<byte> BadValueCharacters = SearchValues.Create(
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 127]);

    private ReadOnlySpan<byte> _rest = lines;

    public ReadOnlySpan<byte> Name { get; private set; }

    /// <summary>Without the white space around it.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>The whole line with its CR LF.</summary>
    public ReadOnlySpan<byte> Line { get; private set; }

    /// <summary>Takes the next line; false at the empty line that ends the head, or when <paramref name="error"/> is set.</summary>
    public bool TryRead(out HeadError error)
    {
        error = HeadError.None;
        var end = _rest.IndexOf((byte)'\n') + 1;
        if (end <= 2)
        {
            return false;
        }
        Line = _rest[..end];
        _rest = _rest[end..];
        if (Line[0] is (byte)' ' or (byte)'\t')
        {
            error = HeadError.FoldedHeader;
            return false;
        }
        var nameLength = Line.IndexOfAnyExcept(TokenCharacters);
        if (nameLength <= 0 || Line[nameLength] != ':')
        {
            error = HeadError.BadHeaderName;
            return false;
        }
        Name = Line[..nameLength];
        Value = Line[(nameLength + 1)..^2].Trim(" \t"u8);
        if (Value.ContainsAny(BadValueCharacters))
        {
            error = HeadError.BadHeaderValue;
            return false;
        }
        return true;
    }
}
