namespace Mesh.Proxy.Http2.Hpack;

/// <summary>Integers with a prefix (RFC 7541 section 5.1).</summary>
internal static class HpackInteger
{
    /// <summary>The most octets <see cref="Write"/> needs.</summary>
    public const int MaxLength = 6;

    private const int MaxContinuation = 5;

    /// <param name="at">The octet with the prefix; behind the integer on success.</param>
    /// <returns>False when it is cut short, longer than five octets of continuation or more than an int holds.</returns>
    public static bool TryRead(ReadOnlySpan<byte> block, ref int at, int prefixBits, out int value)
    {
        value = 0;
        if (at >= block.Length)
        {
            return false;
        }
        var mask = (1 << prefixBits) - 1;
        var sum = (long)(block[at++] & mask);
        if (sum == mask)
        {
            for (var octet = 0; ; octet++)
            {
                if (octet == MaxContinuation || at >= block.Length)
                {
                    return false;
                }
                var next = block[at++];
                sum += (long)(next & 0x7F) << (7 * octet);
                if (next < 0x80)
                {
                    break;
                }
            }
            if (sum > int.MaxValue)
            {
                return false;
            }
        }
        value = (int)sum;
        return true;
    }

    /// <param name="pattern">The bits before the prefix.</param>
    /// <returns>How many octets were written.</returns>
    public static int Write(Span<byte> destination, byte pattern, int prefixBits, int value)
    {
        var mask = (1 << prefixBits) - 1;
        if (value < mask)
        {
            destination[0] = (byte)(pattern | value);
            return 1;
        }
        destination[0] = (byte)(pattern | mask);
        value -= mask;
        var at = 1;
        while (value >= 0x80)
        {
            destination[at++] = (byte)(value | 0x80);
            value >>= 7;
        }
        destination[at++] = (byte)value;
        return at;
    }
}
