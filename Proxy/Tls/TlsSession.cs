using Mesh.Interfaces.Identity;
using Mesh.Proxy.Reactor;

namespace Mesh.Proxy.Tls;

/// <summary>
/// TLS over one socket. Owns its SSL object and the state shared with the BIO, both freed by <see cref="Dispose"/>, which must come
/// before the socket is closed. Used on the socket's loop only.
/// </summary>
internal sealed unsafe class TlsSession : IDisposable
{
    private const int MaxRecord = 16 * 1024;
    private readonly TlsContext _context;
    private readonly bool _isServer;
    private readonly MeshProtocol _acceptable;
    private nint _ssl;
    private SocketBio.State* _state;
    private VerifiedPeer? _peer;
    private SocketEndpoint _target;
    private PeerProof _proof;
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

    /// <summary>Who the peer is, as its certificate said; set once the handshake is done, resumed or not.</summary>
    public WorkloadIdentity Peer => _peer?.Identity ?? default;

    /// <summary>When the peer's certificate or an issuer's ends, in seconds since 1970; set as <see cref="Peer"/> is.</summary>
    public long PeerNotAfter => _peer?.NotAfter ?? long.MaxValue;

    /// <summary>Whether the handshake resumed an earlier session.</summary>
    public bool IsResumed { get; private set; }

    /// <summary>What both sides speak; set once the handshake is done.</summary>
    public MeshProtocol Protocol { get; private set; }

    /// <summary>This side accepted the connection.</summary>
    public bool IsServer => _isServer;

    /// <summary>
    /// When the peer was found not to be trusted any more, in milliseconds of the loop; null: it is. Nothing new may be begun then.
    /// </summary>
    public long? RetiredAt { get; set; }

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
        // Its tickets are ids, and the sessions stay here: resuming one costs no decryption and no parsing of the client's certificate, which
        // all connections with the client share. As a client the same option would mean something else, hence not for the context.
        _ = OpenSsl.SSL_set_options(ssl, OpenSsl.OptionNoStatelessTickets);
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
        var session = new TlsSession(context, ssl, socket, isServer: false, offer);
        session.OfferSession(socket);
        return session;
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
        var result = TlsCallbacks.Handshake(this, _ssl);
        if (result != 1)
        {
            var error = OpenSsl.SSL_get_error(_ssl, result);
            if (error is OpenSsl.SslErrorWantRead or OpenSsl.SslErrorWantWrite)
            {
                return HandshakeStatus.InProgress;
            }
            Failure = DescribeFailure();
        }
        else
        {
            FreeReceived();
            Failure = CheckPeer();
            TlsCallbacks.LimitMessages(_ssl);
        }
        if (Failure is null)
        {
            return HandshakeStatus.Done;
        }
        if (_proof == PeerProof.Session && !_isServer)
        {
            _context.Sessions.Forget(_target);
        }
        _peer = null;
        return HandshakeStatus.Failed;
    }

    /// <returns>Bytes read; 0: orderly end; <see cref="IoResult.Again"/>; <see cref="IoResult.Failed"/>, also for a stream cut off.</returns>
    public int Read(Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            var result = OpenSsl.SSL_read(_ssl, start, buffer.Length);
            if (_state->Ticket != 0)
            {
                KeepTicket();
            }
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
            // One record is written per call, and who has more to say calls again.
            _state->HasMore = data.Length > MaxRecord ? 1 : 0;
            var result = OpenSsl.SSL_write(_ssl, start, data.Length);
            _state->HasMore = 0;
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

    /// <summary>
    /// Whether the peer would be accepted now. To be asked when a certificate or trust anchors have been replaced, and from time to time,
    /// since certificates end.
    /// </summary>
    /// <param name="current">What this side's service account has now.</param>
    public bool IsStillTrusted(TlsContext current)
    {
        if (_peer is not { } peer)
        {
            return true;
        }
        if (ReferenceEquals(current, _context) || current.HasAnchorsOf(_context))
        {
            return peer.IsValidAt(current.Now);
        }
        return current.Trusts(peer, peerIsClient: _isServer);
    }

    public void Dispose()
    {
        if (_ssl == 0)
        {
            return;
        }
        if (_state->Ticket != 0)
        {
            OpenSsl.SSL_SESSION_free(_state->Ticket);
        }
        OpenSsl.SSL_free(_ssl);
        _ssl = 0;
        FreeReceived();
        NativeAllocator.Free((byte*)_state);
        _state = null;
    }

    /// <summary>Called back during the handshake, unless it resumes a session: the peer's certificate.</summary>
    /// <param name="leaf">An X509, the peer's.</param>
    /// <param name="untrusted">A stack of X509: what it presented.</param>
    /// <returns>0: accepted; else OpenSSL's X509_V_ERR code, which the alert sent is made from.</returns>
    internal int OnPeerCertificate(nint leaf, nint untrusted)
    {
        Failure = _context.Verify(leaf, untrusted, peerIsClient: _isServer, out _peer, out var error);
        _proof = PeerProof.Certificate;
        return error;
    }

    /// <summary>Called back during a full handshake: the client gets a ticket, that is the id of the session, which is kept.</summary>
    /// <returns>False fails the handshake.</returns>
    internal bool OnTicketIssued()
    {
        uint length;
        var session = OpenSsl.SSL_get_session(_ssl);
        if (_peer is not { } peer
            || !SessionId.TryRead(new ReadOnlySpan<byte>(OpenSsl.SSL_SESSION_get_id(session, &length), (int)length), out var id))
        {
            return false;
        }
        var now = _context.Now;
        var life = Math.Clamp(peer.NotAfter - now, 1, Math.Max(1, _context.ResumptionSeconds));
        _ = OpenSsl.SSL_SESSION_set_timeout(session, (nint)life);
        // This connection goes on with its own and spoils it for resumption when it is cut.
        var copy = OpenSsl.SSL_SESSION_dup(session);
        if (copy != 0)
        {
            _context.Issued.Put(id, peer, now + life, copy);
        }
        return true;
    }

    /// <summary>Called back during the handshake: the client has a ticket.</summary>
    /// <param name="id">What it says.</param>
    /// <returns>An SSL_SESSION, the caller's; 0: none that may be resumed, and a full handshake follows.</returns>
    internal nint OnSessionAsked(ReadOnlySpan<byte> id)
    {
        if (!SessionId.TryRead(id, out var key))
        {
            return 0;
        }
        var session = _context.Issued.TryTake(key, _context.Now, out var peer);
        if (session != 0)
        {
            _peer = peer;
            _proof = PeerProof.Session;
            // No new ticket in place of a good one: it would stretch the session past its lifetime, and costs as much as it saves.
            _ = OpenSsl.SSL_set_num_tickets(_ssl, 0);
        }
        return session;
    }

    private void OfferSession(NativeSocket socket)
    {
        if (_context.ResumptionSeconds == 0 || !socket.TryGetPeer(out _target))
        {
            return;
        }
        var session = _context.Sessions.TryTake(_target, _context.Now, out var peer);
        if (session == 0)
        {
            _state->WantsTicket = 1;
            return;
        }
        if (OpenSsl.SSL_set_session(_ssl, session) == 1)
        {
            _peer = peer;
            _proof = PeerProof.Session;
        }
        OpenSsl.SSL_SESSION_free(session);
        // The server may not accept it and give another.
        _state->WantsTicket = 1;
    }

    private void KeepTicket()
    {
        var session = _state->Ticket;
        _state->Ticket = 0;
        var life = Math.Min(_context.ResumptionSeconds, (long)OpenSsl.SSL_SESSION_get_ticket_lifetime_hint(session));
        // The connection goes on with this one and spoils it for resumption when it is cut; what is kept is a copy.
        var copy = OpenSsl.SSL_SESSION_dup(session);
        OpenSsl.SSL_SESSION_free(session);
        if (copy != 0)
        {
            _context.Sessions.Put(_target, _peer!, _context.Now + life, copy);
        }
        if (OpenSsl.CanFreeBuffers)
        {
            // For every message beside data OpenSSL gets a buffer to write with, and keeps it until it has written. Does nothing while there
            // is something to read or write.
            _ = OpenSsl.SSL_free_buffers(_ssl);
        }
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
        IsResumed = OpenSsl.SSL_session_reused(_ssl) == 1;
        if (_peer is null || OpenSsl.SSL_get0_peer_certificate(_ssl) == 0
            || _proof != (IsResumed ? PeerProof.Session : PeerProof.Certificate))
        {
            return "the peer has not shown who it is";
        }
        return _peer.IsValidAt(_context.Now) ? null : $"the certificate of {_peer.Identity} has expired";
    }

    private string DescribeFailure()
    {
        var reason = OpenSsl.TakeError();
        if (Failure is not null)
        {
            return Failure;
        }
        if (_state->IsFlooded != 0)
        {
            return $"the peer sent {_state->Messages} TLS messages beside hardly any data";
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
