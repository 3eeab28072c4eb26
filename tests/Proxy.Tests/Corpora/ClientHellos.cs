using System.Text;

namespace Mesh.Proxy.Tests.Corpora;

/// <summary>ClientHellos (RFC 8446 section 4.1.2) put together by hand.</summary>
internal static class ClientHellos
{
    /// <summary>One record with the given application protocols; none leaves the extension out.</summary>
    public static byte[] With(params string[] alpn)
    {
        byte[] names = [.. alpn.SelectMany(name => (byte[])[(byte)name.Length, .. Encoding.ASCII.GetBytes(name)])];
        byte[] extension = alpn.Length == 0 ? [] : [0, 16, .. Vector(Vector(names))];
        byte[] extensions = [0, 10, .. Vector([0, 2, 0, 29]), .. extension, 0, 43, .. Vector([2, 3, 4])];
        byte[] body = [3, 3, .. new byte[32], 0, .. Vector([0x13, 1, 0x13, 2]), 1, 0, .. Vector(extensions)];
        byte[] message = [1, 0, .. Vector(body)];
        return [22, 3, 1, .. Vector(message)];
    }

    private static byte[] Vector(byte[] content) => [(byte)(content.Length >> 8), (byte)content.Length, .. content];
}
