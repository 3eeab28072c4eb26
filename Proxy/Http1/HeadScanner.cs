namespace Mesh.Proxy.Http1;

/// <summary>Finds the end of a message head that arrives in pieces, looking at every byte once.</summary>
internal static class HeadScanner
{
    /// <summary>The largest head accepted. The value of Linkerd's proxy (hyper) and of most servers' upper range.</summary>
    public const int MaxLength = 64 * 1024;

    /// <param name="data">From the head's first byte on.</param>
    /// <param name="lineStart">Where to go on; 0 for a new head. Kept by the caller between calls.</param>
    /// <param name="length">The head's length, the empty line included; 0 while it is incomplete.</param>
    /// <param name="most">The largest head to accept, up to <see cref="MaxLength"/>.</param>
    /// <returns>None, BareLineFeed or TooLarge.</returns>
    public static HeadError Find(ReadOnlySpan<byte> data, ref int lineStart, out int length, int most = MaxLength)
    {
        length = 0;
        while (true)
        {
            var lineFeed = data[lineStart..].IndexOf((byte)'\n');
            if (lineFeed < 0)
            {
                return data.Length > most ? HeadError.TooLarge : HeadError.None;
            }
            var end = lineStart + lineFeed;
            if (lineFeed == 0 || data[end - 1] != '\r')
            {
                return HeadError.BareLineFeed;
            }
            if (lineFeed == 1)
            {
                length = end + 1;
                return length > most ? HeadError.TooLarge : HeadError.None;
            }
            lineStart = end + 1;
        }
    }
}
