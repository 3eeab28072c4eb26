using System.Buffers;
using Mesh.Proxy.Http1;
using Mesh.Proxy.Http2.Hpack;

namespace Mesh.Proxy.Http2.Frames;

/// <summary>The rules for single fields that requests, responses and trailers share (RFC 9113 section 8.2).</summary>
internal static class FieldRules
{
    private static readonly SearchValues<byte> NameCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~"u8);

    private static readonly SearchValues<byte> MethodCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~"u8);

    // What a host and a port consist of (RFC 3986 section 3.2.2); no user information, which RFC 9113 section 8.3.1 forbids.
    private static readonly SearchValues<byte> AuthorityCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~%!$&'()*+;=:[]"u8);

    public static bool IsMethod(ReadOnlySpan<byte> value) => !value.IsEmpty && !value.ContainsAnyExcept(MethodCharacters);

    public static bool IsAuthority(ReadOnlySpan<byte> value) => !value.IsEmpty && !value.ContainsAnyExcept(AuthorityCharacters);

    /// <summary>No white space at either end and, as in HTTP/1.1, over which it may go on, no control character but the tab.</summary>
    public static bool IsValue(ReadOnlySpan<byte> value) =>
        value.IsEmpty || !(value.ContainsAny(HeaderReader.BadValueCharacters) || IsSpace(value[0]) || IsSpace(value[^1]));

    /// <summary>A regular field: its name, its value, and that it may travel over HTTP/2.</summary>
    public static HeaderError CheckRegular(HeaderList list, int i)
    {
        var known = list.Known(i);
        switch (known)
        {
            case KnownHeader.Other or KnownHeader.Reserved:
                var name = list.Name(i);
                if (name.IsEmpty || name.ContainsAnyExcept(NameCharacters))
                {
                    return HeaderError.BadName;
                }
                break;
            case KnownHeader.Connection or KnownHeader.KeepAlive or KnownHeader.ProxyConnection or KnownHeader.TransferEncoding
                or KnownHeader.Upgrade:
                return HeaderError.ConnectionSpecificField;
            case KnownHeader.Te when !list.Value(i).SequenceEqual("trailers"u8):
                return HeaderError.BadTe;
            default:
                break;
        }
        return IsValue(list.Value(i)) ? HeaderError.None : HeaderError.BadValue;
    }

    /// <summary>Its name begins with a colon.</summary>
    public static bool IsPseudo(HeaderList list, int i) => list.Name(i) is [(byte)':', ..];

    public static bool IsGrpc(ReadOnlySpan<byte> contentType) =>
        contentType.StartsWith("application/grpc"u8) && (contentType.Length == 16 || contentType[16] is (byte)'+' or (byte)';');

    private static bool IsSpace(byte value) => value is (byte)' ' or (byte)'\t';

    /// <summary>RFC 9110 section 8.6: digits only. A list, a sign or an overflow are refused, as in HTTP/1.1.</summary>
    public static bool TryParseLength(ReadOnlySpan<byte> value, out long length)
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
