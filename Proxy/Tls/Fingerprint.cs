using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Mesh.Proxy.Tls;

/// <summary>SHA-256 of a certificate's DER.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct Fingerprint(ulong A, ulong B, ulong C, ulong D)
{
    private const int Size = 32;

    public static Fingerprint Of(ReadOnlySpan<byte> der)
    {
        Span<byte> hash = stackalloc byte[Size];
        SHA256.HashData(der, hash);
        return MemoryMarshal.Read<Fingerprint>(hash);
    }

    public override int GetHashCode() => (int)A;
}
