using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Mesh.Proxy.Tls;

namespace Mesh.Proxy.Tests.Tls;

/// <summary>Makes a session do what no session of the proxy does: change its keys, and ask the peer to change its own.</summary>
internal static class KeyUpdates
{
    private const int Requested = 1;

    public static void Send(TlsSession session)
    {
        Assert.Equal(1, SSL_key_update(Ssl(session), Requested));
        Assert.Equal(1, SSL_do_handshake(Ssl(session)));
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_ssl")]
    private static extern ref nint Ssl(TlsSession session);

    [DllImport("libssl.so.3")]
    private static extern int SSL_key_update(nint ssl, int type);

    [DllImport("libssl.so.3")]
    private static extern int SSL_do_handshake(nint ssl);
}
