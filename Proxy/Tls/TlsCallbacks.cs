using System.Runtime.InteropServices;

namespace Mesh.Proxy.Tls;

/// <summary>
/// What OpenSSL calls back. It does so only during calls made here or by a <see cref="TlsSession"/>, on the same thread. Nothing may be
/// thrown through native frames: a bug fails the handshake and is thrown when the call is over.
/// </summary>
internal static unsafe class TlsCallbacks
{
    // Messages other than data that a peer may send for nothing; and one more for each so many bytes received.
    private const int FreeMessages = 64;
    private const int BytesPerMessage = 1 << 20;

    [ThreadStatic]
    private static TlsSession? _current;

    [ThreadStatic]
    private static Exception? _fault;

    /// <summary>Sets everything on a context but what concerns one session only.</summary>
    public static void Register(nint context)
    {
        OpenSsl.SSL_CTX_set_alpn_select_cb(context, &SelectAlpn, 0);
        OpenSsl.SSL_CTX_set_cert_verify_callback(context, &VerifyPeer, 0);
        OpenSsl.SSL_CTX_sess_set_new_cb(context, &KeepTicket);
        OpenSsl.SSL_CTX_sess_set_get_cb(context, &FindSession);
        _ = OpenSsl.SSL_CTX_set_session_ticket_cb(context, &IssueTicket, 0, 0);
    }

    /// <summary>SSL_do_handshake; the callbacks find <paramref name="session"/>.</summary>
    public static int Handshake(TlsSession session, nint ssl)
    {
        _current = session;
        var result = OpenSsl.SSL_do_handshake(ssl);
        _current = null;
        if (_fault is { } fault)
        {
            _fault = null;
            throw new InvalidOperationException("A TLS handshake met a bug.", fault);
        }
        return result;
    }

    /// <summary>Counts what an established session gets beside data: TLS 1.3 sets no limit to KeyUpdates, and each costs a reply.</summary>
    public static void LimitMessages(nint ssl) => OpenSsl.SSL_set_info_callback(ssl, &CountMessage);

    [UnmanagedCallersOnly]
    private static int SelectAlpn(nint ssl, byte** selected, byte* selectedLength, byte* offered, uint offeredLength, nint argument)
    {
        var offset = 0u;
        while (offset < offeredLength && offset + 1 + offered[offset] <= offeredLength)
        {
            var name = new ReadOnlySpan<byte>(offered + offset + 1, offered[offset]);
            if (MeshAlpn.Parse(name) != MeshProtocol.None)
            {
                *selected = offered + offset + 1;
                *selectedLength = offered[offset];
                return OpenSsl.AlpnOk;
            }
            offset += 1 + (uint)name.Length;
        }
        return OpenSsl.AlpnFatal;
    }

    // In place of X509_verify_cert. Leaves no chain in the store context, so that OpenSSL keeps none for the connection's life.
    [UnmanagedCallersOnly]
    private static int VerifyPeer(nint storeContext, nint argument)
    {
        try
        {
            var error = _current!.OnPeerCertificate(
                OpenSsl.X509_STORE_CTX_get0_cert(storeContext), OpenSsl.X509_STORE_CTX_get0_untrusted(storeContext));
            OpenSsl.X509_STORE_CTX_set_error(storeContext, error);
            return error == 0 ? 1 : 0;
        }
        catch (Exception bug)
        {
            _fault = bug;
            OpenSsl.X509_STORE_CTX_set_error(storeContext, OpenSsl.VerifyApplication);
            return 0;
        }
    }

    [UnmanagedCallersOnly]
    private static int IssueTicket(nint ssl, nint argument)
    {
        try
        {
            return _current!.OnTicketIssued() ? 1 : 0;
        }
        catch (Exception bug)
        {
            _fault = bug;
            return 0;
        }
    }

    // The reference returned is OpenSSL's: a copy was made for it, and it is to take no other.
    [UnmanagedCallersOnly]
    private static nint FindSession(nint ssl, byte* id, int length, int* addReference)
    {
        *addReference = 0;
        try
        {
            return _current!.OnSessionAsked(new ReadOnlySpan<byte>(id, length));
        }
        catch (Exception bug)
        {
            _fault = bug;
            return 0;
        }
    }

    // During a read: the server's ticket has come. The reference given is passed on to the session with the BIO's state.
    [UnmanagedCallersOnly]
    private static int KeepTicket(nint ssl, nint session)
    {
        var state = (SocketBio.State*)OpenSsl.BIO_get_data(OpenSsl.SSL_get_rbio(ssl));
        if (state->WantsTicket == 0 || state->Ticket != 0)
        {
            return 0;
        }
        state->Ticket = session;
        return 1;
    }

    [UnmanagedCallersOnly]
    private static void CountMessage(nint ssl, int where, int value)
    {
        if ((where & OpenSsl.InfoLoop) == 0)
        {
            return;
        }
        var state = (SocketBio.State*)OpenSsl.BIO_get_data(OpenSsl.SSL_get_rbio(ssl));
        state->Messages++;
        if (state->Messages > FreeMessages + (state->BytesRead / BytesPerMessage))
        {
            state->IsFlooded = 1;
        }
    }
}
