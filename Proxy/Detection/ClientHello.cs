using System.Buffers.Binary;
using Mesh.Proxy.Tls;

namespace Mesh.Proxy.Detection;

/// <summary>
/// Looks into a TLS ClientHello (RFC 8446 section 4.1.2) for the ALPN (RFC 7301) of a proxy of the mesh. Reads only; verifies nothing.
/// </summary>
internal static class ClientHello
{
    public const byte RecordType = 22;
    private const byte HandshakeClientHello = 1;
    private const ushort AlpnExtension = 16;
    private const int RecordHeader = 5;
    private const int MaxRecord = 16 * 1024;

    /// <param name="data">Begins with <see cref="RecordType"/>.</param>
    /// <returns>
    /// MeshTls or Tls for a ClientHello; Opaque for what only looked like TLS; NeedMore while the first record is incomplete: a hello
    /// with a hybrid key share (X25519MLKEM768) has some 1.9 KB and comes in two packets. A hello spread over several records is never one
    /// of ours, and is Tls.
    /// </returns>
    public static DetectedProtocol Detect(ReadOnlySpan<byte> data)
    {
        if (data.Length < RecordHeader + 1)
        {
            return data.Length > 1 && data[1] != 3 ? DetectedProtocol.Opaque : DetectedProtocol.NeedMore;
        }
        var length = BinaryPrimitives.ReadUInt16BigEndian(data[3..]);
        if (data[1] != 3 || data[RecordHeader] != HandshakeClientHello || length is < 4 or > MaxRecord)
        {
            return DetectedProtocol.Opaque;
        }
        if (data.Length < RecordHeader + length)
        {
            return DetectedProtocol.NeedMore;
        }
        return OffersMesh(data.Slice(RecordHeader + 4, length - 4)) ? DetectedProtocol.MeshTls : DetectedProtocol.Tls;
    }

    private static bool OffersMesh(ReadOnlySpan<byte> hello)
    {
        // legacy_version, random
        if (hello.Length < 34)
        {
            return false;
        }
        hello = hello[34..];
        // legacy_session_id, cipher_suites, legacy_compression_methods
        if (!TrySkip(ref hello, 1, out _) || !TrySkip(ref hello, 2, out _) || !TrySkip(ref hello, 1, out _)
            || !TrySkip(ref hello, 2, out var extensions))
        {
            return false;
        }
        while (extensions.Length >= 4)
        {
            var type = BinaryPrimitives.ReadUInt16BigEndian(extensions);
            extensions = extensions[2..];
            if (!TrySkip(ref extensions, 2, out var body))
            {
                return false;
            }
            if (type == AlpnExtension)
            {
                return TrySkip(ref body, 2, out var names) && Contains(names);
            }
        }
        return false;
    }

    private static bool Contains(ReadOnlySpan<byte> names)
    {
        while (TrySkip(ref names, 1, out var name))
        {
            if (MeshAlpn.Parse(name) != MeshProtocol.None)
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>Takes a vector with a length of one or two bytes off the front.</summary>
    private static bool TrySkip(ref ReadOnlySpan<byte> data, int lengthBytes, out ReadOnlySpan<byte> vector)
    {
        vector = default;
        if (data.Length < lengthBytes)
        {
            return false;
        }
        var length = lengthBytes == 1 ? data[0] : BinaryPrimitives.ReadUInt16BigEndian(data);
        if (data.Length < lengthBytes + length)
        {
            return false;
        }
        vector = data.Slice(lengthBytes, length);
        data = data[(lengthBytes + length)..];
        return true;
    }
}
