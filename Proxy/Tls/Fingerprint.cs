using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Mesh.Proxy.Tls;

/// <summary>SHA-256 of a certificate's DER.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct Fingerprint(ulong A, ulong B, ulong C, ulong D)
{
    public const int Size = 32;

    public static Fingerprint Of(ReadOnlySpan<byte> der)
    {
        Span<byte> hash = stackalloc byte[Size];
        SHA256.HashData(der, hash);
        return MemoryMarshal.Read<Fingerprint>(hash);
    }

    /// <summary>False unless there are exactly <see cref="Size"/> bytes.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out Fingerprint fingerprint) =>
        bytes.Length == Size ? MemoryMarshal.TryRead(bytes, out fingerprint) : Nothing(out fingerprint);

    /// <summary>Writes the <see cref="Size"/> bytes that <see cref="TryRead"/> reads.</summary>
    public void Write(Span<byte> bytes) => MemoryMarshal.Write(bytes, this);

    public override int GetHashCode() => (int)A;

    private static bool Nothing(out Fingerprint fingerprint)
    {
        fingerprint = default;
        return false;
    }
}
