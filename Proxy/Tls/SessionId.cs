using System.Runtime.InteropServices;

namespace Mesh.Proxy.Tls;

/// <summary>The random id of a session that a server can resume; its ticket is nothing else.</summary>
internal readonly record struct SessionId(ulong A, ulong B, ulong C, ulong D)
{
    /// <summary>Bytes of every id that OpenSSL makes.</summary>
    public const int Size = 32;

    /// <summary>False unless there are exactly <see cref="Size"/> bytes.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out SessionId id)
    {
        id = default;
        return bytes.Length == Size && MemoryMarshal.TryRead(bytes, out id);
    }

    public override int GetHashCode() => (int)A;
}
