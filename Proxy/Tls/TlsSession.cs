using System.Runtime.InteropServices;
using Mesh.Interfaces.Identity;
using Mesh.Proxy.Reactor;

namespace Mesh.Proxy.Tls;

/// <summary>
/// TLS over one socket. Owns its SSL object and the state shared with the BIO, both freed by <see cref="Dispose"/>, which must come
/// before the socket is closed. Used on the socket's loop only.
/// </summary>
internal sealed unsafe class TlsSession : IDisposable
{
    private readonly TlsContext _context;
    private readonly bool _isServer;
    private readonly MeshProtocol _acceptable;
    private nint _ssl;
    private SocketBio.State* _state;
    private bool _shutdownSent;

    private TlsSession(TlsContext context, nint ssl, NativeSocket socket, bool isServer, MeshProtocol acceptable)
    {
        _context = context;
        _acceptable = acceptable;
        _ssl = ssl;
        _isServer = isServer;
        _state = (SocketBio.State*)NativeAllocator.Allocate(sizeof(SocketBio.State));
        *_state = default;
        _state->Fd = socket.Handle;
        var bio = SocketBio.Create(_state);
        OpenSsl.SSL_set_bio(ssl, bio, bio);
    }

    /// <summary>The certificate used on this side.</summary>
    public TlsContext Context => _context;

    /// <summary>Who the peer is; set once the handshake is done.</summary>
    public WorkloadIdentity Peer { get; private set; }

    /// <summary>What both sides speak; set once the handshake is done.</summary>
    public MeshProtocol Protocol { get; private set; }

    /// <summary>Why the handshake failed.</summary>
    public string? Failure { get; private set; }

    /// <summary>Bytes read from the socket, TLS included.</summary>
    public long BytesRead => _state->BytesRead;

    /// <summary>Bytes written to the socket, TLS included.</summary>
    public long BytesWritten => _state->BytesWritten;

    /// <summary>Whether a read would find neither decrypted bytes nor bytes in the socket.</summary>
    public bool IsDrained => _state->Drained != 0 && OpenSsl.SSL_has_pending(_ssl) == 0;

    /// <param name="context">This side's certificate.</param>
    /// <param name="socket">Accepted; outlives the session.</param>
    /// <param name="received">What has been read from it already.</param>
    /// <returns>Null when the context has been replaced: ask for the current one.</returns>
    public static TlsSession? TryAccept(TlsContext context, NativeSocket socket, ReadOnlySpan<byte> received)
    {
        var ssl = context.CreateSsl();
        if (ssl == 0)
        {
            return null;
        }
        var session = new TlsSession(context, ssl, socket, isServer: true, MeshProtocol.PreferMultiplexed);
        var copy = NativeAllocator.Allocate(received.Length);
        received.CopyTo(new Span<byte>(copy, received.Length));
        session._state->Received = copy;
        session._state->ReceivedLength = received.Length;
        OpenSsl.SSL_set_accept_state(ssl);
        return session;
    }

    /// <param name="context">This side's certificate.</param>
    /// <param name="socket">Connected; outlives the session.</param>
    /// <param name="offer">What this side can speak on the connection.</param>
    /// <returns>Null when the context has been replaced: ask for the current one.</returns>
    public static TlsSession? TryConnect(TlsContext context, NativeSocket socket, MeshProtocol offer = MeshProtocol.Stream)
    {
        var alpn = MeshAlpn.Offer(offer);
        var ssl = context.CreateSsl();
        if (ssl == 0)
        {
            return null;
        }
        fixed (byte* start = alpn)
        {
            // Copied by OpenSSL. 0 is success; it fails only where memory has run out, and then the peer refuses a hello without ALPN.
            _ = OpenSsl.SSL_set_alpn_protos(ssl, start, (uint)alpn.Length);
        }
        OpenSsl.SSL_set_connect_state(ssl);
        return new TlsSession(context, ssl, socket, isServer: false, offer);
    }

    /// <summary>The socket has something to read again.</summary>
    public void OnReadable(bool hungUp)
    {
        _state->Drained = 0;
        _state->HungUp |= hungUp ? 1 : 0;
    }

    /// <summary>Goes on with the handshake as far as the socket allows.</summary>
    public HandshakeStatus Handshake()
    {
        var result = OpenSsl.SSL_do_handshake(_ssl);
        if (result != 1)
        {
            var error = OpenSsl.SSL_get_error(_ssl, result);
            if (error is OpenSsl.SslErrorWantRead or OpenSsl.SslErrorWantWrite)
            {
                return HandshakeStatus.InProgress;
            }
            Failure = DescribeFailure();
            return HandshakeStatus.Failed;
        }
        FreeReceived();
        Failure = CheckPeer();
        return Failure is null ? HandshakeStatus.Done : HandshakeStatus.Failed;
    }

    /// <returns>Bytes read; 0: orderly end; <see cref="IoResult.Again"/>; <see cref="IoResult.Failed"/>, also for a stream cut off.</returns>
    public int Read(Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            var result = OpenSsl.SSL_read(_ssl, start, buffer.Length);
            if (result > 0)
            {
                return result;
            }
            switch (OpenSsl.SSL_get_error(_ssl, result))
            {
                case OpenSsl.SslErrorWantRead or OpenSsl.SslErrorWantWrite:
                    return IoResult.Again;
                case OpenSsl.SslErrorZeroReturn:
                    return 0;
                default:
                    Failure = DescribeFailure();
                    return IoResult.Failed;
            }
        }
    }

    /// <returns>
    /// Bytes taken; <see cref="IoResult.Again"/>: offer the same bytes (or more) again later; <see cref="IoResult.Failed"/>.
    /// </returns>
    public int Write(ReadOnlySpan<byte> data)
    {
        fixed (byte* start = data)
        {
            var result = OpenSsl.SSL_write(_ssl, start, data.Length);
            if (result > 0)
            {
                return result;
            }
            if (OpenSsl.SSL_get_error(_ssl, result) is OpenSsl.SslErrorWantRead or OpenSsl.SslErrorWantWrite)
            {
                return IoResult.Again;
            }
            OpenSsl.ERR_clear_error();
            return IoResult.Failed;
        }
    }

    /// <summary>Tells the peer that nothing more comes (close_notify). Best effort: a full socket is about to be closed anyway.</summary>
    public void Shutdown()
    {
        if (!_shutdownSent)
        {
            _shutdownSent = true;
            if (OpenSsl.SSL_shutdown(_ssl) < 0)
            {
                OpenSsl.ERR_clear_error();
            }
        }
    }

    public void Dispose()
    {
        if (_ssl == 0)
        {
            return;
        }
        OpenSsl.SSL_free(_ssl);
        _ssl = 0;
        FreeReceived();
        NativeAllocator.Free((byte*)_state);
        _state = null;
    }

    private string? CheckPeer()
    {
        byte* protocol;
        uint length;
        OpenSsl.SSL_get0_alpn_selected(_ssl, &protocol, &length);
        Protocol = MeshAlpn.Parse(new ReadOnlySpan<byte>(protocol, (int)length)) & _acceptable;
        if (Protocol == MeshProtocol.None)
        {
            return "the peer agreed to neither mesh/1 nor mesh/2: it is not a proxy of the mesh";
        }
        var certificate = OpenSsl.SSL_get1_peer_certificate(_ssl);
        if (certificate == 0)
        {
            return "the peer has no certificate";
        }
        var refusal = CertificateNames.Read(certificate, out var peer);
        OpenSsl.X509_free(certificate);
        if (refusal is not null)
        {
            return refusal;
        }
        // An anchor may be shared with others; names outside the trust domain mean nothing to the policies here.
        if (!string.Equals(peer.TrustDomain, _context.Identity.TrustDomain, StringComparison.Ordinal))
        {
            return $"the peer {peer} is not of the trust domain {_context.Identity.TrustDomain}";
        }
        Peer = peer;
        return null;
    }

    private string DescribeFailure()
    {
        var reason = OpenSsl.TakeError();
        var verification = OpenSsl.SSL_get_verify_result(_ssl);
        if (verification != 0)
        {
            return $"{reason}: {Marshal.PtrToStringUTF8(OpenSsl.X509_verify_cert_error_string(verification))}";
        }
        return _state->EndOfStream != 0 ? $"{reason}: the peer ended the connection" : reason;
    }

    private void FreeReceived()
    {
        if (_state->Received != null && _isServer)
        {
            NativeAllocator.Free(_state->Received);
            _state->Received = null;
            _state->ReceivedLength = _state->ReceivedOffset = 0;
        }
    }
}
