using System.Buffers.Binary;

namespace Mesh.Proxy.Http2.Hpack;

/// <summary>
/// A quick hash for finding bytes that are then compared: nothing depends on its being hard to collide, because every place that uses it
/// looks at a bounded number of candidates.
/// </summary>
internal static class ByteHash
{
    private const ulong Multiplier = 0x9E3779B97F4A7C15;

    public static uint Of(ReadOnlySpan<byte> bytes, uint seed = 0)
    {
        var hash = (ulong)bytes.Length * Multiplier + seed;
        while (bytes.Length >= 8)
        {
            hash = Mix(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[8..];
        }
        if (bytes.Length >= 4)
        {
            hash = Mix(hash ^ BinaryPrimitives.ReadUInt32LittleEndian(bytes));
            bytes = bytes[4..];
        }
        foreach (var value in bytes)
        {
            hash = (hash ^ value) * Multiplier;
        }
        return (uint)(Mix(hash) >> 32);
    }

    private static ulong Mix(ulong value)
    {
        value *= Multiplier;
        return value ^ (value >> 32);
    }
}
