using System.Buffers.Binary;

namespace Mesh.Proxy.Tests.Tls;

/// <summary>The extensions of a ClientHello (RFC 8446 section 4.2), by type.</summary>
internal static class HelloExtensions
{
    public const int SupportedGroups = 10;
    public const int PreSharedKey = 41;
    public const int EarlyData = 42;
    public const int PskKeyExchangeModes = 45;
    public const int KeyShare = 51;

    /// <param name="record">One record with a whole ClientHello.</param>
    public static Dictionary<int, byte[]> Read(byte[] record)
    {
        // Record header, handshake header, version, random.
        var rest = record.AsSpan(5 + 4 + 2 + 32);
        rest = rest[(1 + rest[0])..];
        rest = rest[(2 + BinaryPrimitives.ReadUInt16BigEndian(rest))..];
        rest = rest[(1 + rest[0])..];
        rest = rest[2..];
        var extensions = new Dictionary<int, byte[]>();
        while (rest.Length >= 4)
        {
            var length = BinaryPrimitives.ReadUInt16BigEndian(rest[2..]);
            extensions.Add(BinaryPrimitives.ReadUInt16BigEndian(rest), rest.Slice(4, length).ToArray());
            rest = rest[(4 + length)..];
        }
        return extensions;
    }
}
