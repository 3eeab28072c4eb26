namespace Mesh.Proxy.Http2.Hpack;

/// <summary>
/// The Huffman code of RFC 7541 appendix B. It is canonical (codes of one length follow each other in the order of their symbols, and each
/// length goes on where the shorter one ended), so the lengths define it.
/// </summary>
internal static class Huffman
{
    private const int MaxBits = 30;
    private const int EndOfString = 256;

    // Decoding looks 8 bits ahead, which is enough for everything that is frequent in a header.
    private const int LookAhead = 8;

    private static readonly uint[] Codes = new uint[EndOfString];
    private static readonly ushort[] Short = new ushort[1 << LookAhead];
    private static readonly ushort[] SymbolsByCode = new ushort[EndOfString + 1];
    private static readonly uint[] FirstOfLength = new uint[MaxBits + 1];
    private static readonly ulong[] EndOfLength = new ulong[MaxBits + 1];
    private static readonly int[] PositionOfLength = new int[MaxBits + 1];

    static Huffman()
    {
        var code = 0UL;
        var position = 0;
        for (var length = 1; length <= MaxBits; length++)
        {
            FirstOfLength[length] = (uint)code;
            PositionOfLength[length] = position;
            for (var symbol = 0; symbol <= EndOfString; symbol++)
            {
                if (Lengths[symbol] != length)
                {
                    continue;
                }
                SymbolsByCode[position++] = (ushort)symbol;
                if (symbol < EndOfString)
                {
                    Codes[symbol] = (uint)(code >> (32 - length));
                }
                if (length <= LookAhead)
                {
                    var first = (int)(code >> (32 - LookAhead));
                    Short.AsSpan(first, 1 << (LookAhead - length)).Fill((ushort)(length << 8 | symbol));
                }
                code += 1UL << (32 - length);
            }
            EndOfLength[length] = code;
        }
    }

    // The length in bits of each symbol's code, the end of string last.
    private static ReadOnlySpan<byte> Lengths =>
    [
        13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
        6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
        13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
        15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
        20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
        22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
        26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
        20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
        30,
    ];

    /// <summary>The most bytes that this many encoded bytes can stand for: no code is shorter than 5 bits.</summary>
    public static int MaxDecodedLength(int encodedLength) => (int)((long)encodedLength * 8 / 5);

    /// <param name="encoded">The whole string.</param>
    /// <param name="destination">At least <see cref="MaxDecodedLength"/> long.</param>
    /// <param name="written">How many bytes it stands for.</param>
    /// <returns>
    /// False when it holds the end of string, or its padding is longer than 7 bits or not all ones (RFC 7541 section 5.2).
    /// </returns>
    public static bool TryDecode(ReadOnlySpan<byte> encoded, Span<byte> destination, out int written)
    {
        written = 0;
        // The next bits, from the highest on; zeros behind them.
        var bits = 0UL;
        var count = 0;
        var at = 0;
        while (true)
        {
            while (count <= 56 && at < encoded.Length)
            {
                bits |= (ulong)encoded[at++] << (56 - count);
                count += 8;
            }
            int length;
            int symbol = Short[bits >> (64 - LookAhead)];
            if (symbol != 0)
            {
                length = symbol >> 8;
                symbol &= 0xFF;
            }
            else
            {
                var top = (uint)(bits >> 32);
                length = LookAhead + 1;
                while (top >= EndOfLength[length])
                {
                    length++;
                }
                symbol = SymbolsByCode[PositionOfLength[length] + (int)((top - FirstOfLength[length]) >> (32 - length))];
            }
            if (length > count)
            {
                return count < 8 && bits == ~(ulong.MaxValue >> count);
            }
            if (symbol == EndOfString)
            {
                return false;
            }
            destination[written++] = (byte)symbol;
            bits <<= length;
            count -= length;
        }
    }

    /// <summary>How many bytes <see cref="Encode"/> writes.</summary>
    public static int EncodedLength(ReadOnlySpan<byte> text)
    {
        var bits = 0L;
        foreach (var symbol in text)
        {
            bits += Lengths[symbol];
        }
        return (int)((bits + 7) / 8);
    }

    /// <param name="text">What to encode.</param>
    /// <param name="destination">At least <see cref="EncodedLength"/> long.</param>
    public static void Encode(ReadOnlySpan<byte> text, Span<byte> destination)
    {
        var bits = 0UL;
        var count = 0;
        var at = 0;
        foreach (var symbol in text)
        {
            bits = bits << Lengths[symbol] | Codes[symbol];
            count += Lengths[symbol];
            while (count >= 8)
            {
                count -= 8;
                destination[at++] = (byte)(bits >> count);
            }
        }
        if (count > 0)
        {
            destination[at] = (byte)(bits << (8 - count) | 0xFFUL >> count);
        }
    }
}
