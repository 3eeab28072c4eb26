using System.Security.Cryptography;
using Mesh.Interfaces.Identity;
using Mesh.Proxy.DataPlane;
using Mesh.Proxy.Reactor;

namespace Mesh.Proxy.Tls;

/// <summary>
/// One certificate with what is needed to use it: an SSL_CTX, for both directions. TLS 1.3 only, peers verified and required, as a server
/// whichever <see cref="MeshProtocol"/> the client prefers. What can be resumed belongs to the context (sessions, verified peers): another certificate, identity or set of anchors is another context and begins with nothing. Counted explicitly: the maker holds
/// the first reference and gives it up with <see cref="Release"/>; a loop that makes a session takes one for as long as that takes.
/// OpenSSL keeps the SSL_CTX itself alive for the sessions made from it. Any thread.
/// </summary>
internal sealed unsafe class TlsContext
{
    // Four records of full size, with what TLS adds to them.
    private const int ReadAheadBytes = 4 * ((16 * 1024) + 256 + 5);
    // A leaf and its issuers have 2 to 6 KB; thousands of names are not worth reading.
    private const int MaxCertificateList = 32 * 1024;

    private readonly nint _context;
    private readonly TimeProvider _time;
    private readonly TlsOptions _options;
    private readonly HashSet<Fingerprint> _anchors;
    private readonly VerifiedPeers _clients;
    private readonly VerifiedPeers _servers;
    private int _references = 1;

    private TlsContext(nint context, WorkloadIdentity identity, HashSet<Fingerprint> anchors, TimeProvider time, TlsOptions options)
    {
        _context = context;
        _anchors = anchors;
        _time = time;
        _options = options;
        _clients = new VerifiedPeers(options.MaxVerifiedPeers);
        _servers = new VerifiedPeers(options.MaxVerifiedPeers);
        Identity = identity;
        var resumes = options.ResumptionLifetime > TimeSpan.Zero;
        Sessions = new SessionCache<SocketEndpoint>(resumes ? options.MaxClientSessions : 0);
        Issued = new SessionCache<SessionId>(resumes ? options.MaxServerSessions : 0);
    }

    /// <summary>Who the certificate is for.</summary>
    public WorkloadIdentity Identity { get; }

    /// <summary>What can be resumed as a client.</summary>
    public SessionCache<SocketEndpoint> Sessions { get; }

    /// <summary>What clients can resume that have a ticket of this context.</summary>
    public SessionCache<SessionId> Issued { get; }

    /// <summary>Seconds since 1970.</summary>
    public long Now => _time.GetUtcNow().ToUnixTimeSeconds();

    /// <summary>How long after a full handshake its session may be resumed, in seconds; 0: never.</summary>
    public long ResumptionSeconds => (long)_options.ResumptionLifetime.TotalSeconds;

    /// <param name="certificate">Chain, key and anchors.</param>
    /// <param name="time">The clock certificates and sessions are judged by; null: the system's.</param>
    /// <param name="options">Settings; null: the defaults.</param>
    /// <exception cref="InvalidDataException">The certificate, key or anchors cannot be used.</exception>
    public static TlsContext Create(WorkloadCertificate certificate, TimeProvider? time = null, TlsOptions? options = null)
    {
        if (certificate.Chain.Count == 0 || certificate.TrustAnchors.Count == 0)
        {
            throw new InvalidDataException("A certificate needs a chain and at least one trust anchor.");
        }
        options ??= TlsOptions.Default;
        var context = OpenSsl.SSL_CTX_new(OpenSsl.TLS_method());
        try
        {
            Configure(context);
            var identity = UseCertificate(context, certificate);
            ConfigureResumption(context, certificate, options.ResumptionLifetime);
            return new TlsContext(
                context, identity, [.. certificate.TrustAnchors.Select(anchor => Fingerprint.Of(anchor.Span))],
                time ?? TimeProvider.System, options);
        }
        catch
        {
            OpenSsl.SSL_CTX_free(context);
            throw;
        }
    }

    /// <summary>Gives up a reference; the last one frees the SSL_CTX.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0)
        {
            Sessions.Clear();
            Issued.Clear();
            OpenSsl.SSL_CTX_free(_context);
        }
    }

    /// <returns>An SSL object owned by the caller, or 0 when the context has been replaced meanwhile: ask for the current one.</returns>
    public nint CreateSsl()
    {
        if (!TryAddReference())
        {
            return 0;
        }
        try
        {
            return OpenSsl.SSL_new(_context);
        }
        finally
        {
            Release();
        }
    }

    /// <summary>Verifies a peer's certificate, unless that was done lately. For handshakes, which keep the SSL_CTX alive.</summary>
    /// <param name="leaf">An X509, the peer's.</param>
    /// <param name="untrusted">A stack of X509: what it presented.</param>
    /// <param name="peerIsClient">What the certificate is used for.</param>
    /// <param name="peer">Who it is; null when refused.</param>
    /// <param name="error">OpenSSL's X509_V_ERR code; 0: verified.</param>
    /// <returns>Null, or why it is refused.</returns>
    public string? Verify(nint leaf, nint untrusted, bool peerIsClient, out VerifiedPeer? peer, out int error)
    {
        var now = Now;
        // Apart, since a certificate may be good for one purpose only.
        var known = peerIsClient ? _clients : _servers;
        if (known.TryFind(Fingerprint.Of(PeerVerification.Der(leaf)), now, out peer))
        {
            error = 0;
            return null;
        }
        var refusal = PeerVerification.Verify(
            OpenSsl.SSL_CTX_get_cert_store(_context), leaf, untrusted, peerIsClient, now, Identity.TrustDomain, out peer, out error);
        if (peer is not null)
        {
            known.Add(peer);
        }
        return refusal;
    }

    /// <summary>
    /// Whether a peer that another context of the same service account has verified would still be accepted: its certificate is valid, of
    /// this trust domain, and chains to an anchor of this context.
    /// </summary>
    public bool Trusts(VerifiedPeer peer, bool peerIsClient)
    {
        var now = Now;
        if (!peer.IsValidAt(now))
        {
            return false;
        }
        if ((peerIsClient ? _clients : _servers).TryFind(peer.Fingerprint, now, out _))
        {
            return true;
        }
        // Replaced already? The one in its place is asked again.
        return Verify(peer.Chain, peerIsClient, out _) is not { } refusal || refusal.Length == 0;
    }

    /// <summary>Verifies a chain outside of a handshake.</summary>
    /// <param name="chain">DER, leaf first.</param>
    /// <param name="peerIsClient">What the certificate is used for.</param>
    /// <param name="peer">Who it is; null when refused.</param>
    /// <returns>Null, or why it is refused; empty: this context has been replaced and cannot tell.</returns>
    /// <exception cref="InvalidDataException">The chain cannot be read.</exception>
    public string? Verify(IReadOnlyList<byte[]> chain, bool peerIsClient, out VerifiedPeer? peer)
    {
        peer = null;
        if (!TryAddReference())
        {
            return string.Empty;
        }
        // Owned here, as is what is in it.
        var stack = OpenSsl.OPENSSL_sk_new_null();
        try
        {
            foreach (var der in chain)
            {
                _ = OpenSsl.OPENSSL_sk_push(stack, ReadCertificate(der));
            }
            return Verify(OpenSsl.OPENSSL_sk_value(stack, 0), stack, peerIsClient, out peer, out _);
        }
        finally
        {
            for (var i = OpenSsl.OPENSSL_sk_num(stack) - 1; i >= 0; i--)
            {
                OpenSsl.X509_free(OpenSsl.OPENSSL_sk_value(stack, i));
            }
            OpenSsl.OPENSSL_sk_free(stack);
            Release();
        }
    }

    /// <summary>Whether both have the same trust anchors, whatever their order.</summary>
    public bool HasAnchorsOf(TlsContext other) => _anchors.SetEquals(other._anchors);

    private bool TryAddReference()
    {
        var references = Volatile.Read(ref _references);
        while (references > 0)
        {
            var seen = Interlocked.CompareExchange(ref _references, references + 1, references);
            if (seen == references)
            {
                return true;
            }
            references = seen;
        }
        return false;
    }

    private static void Configure(nint context)
    {
        OpenSsl.SSL_CTX_ctrl(context, OpenSsl.CtrlMinProtocol, OpenSsl.Tls13, 0);
        OpenSsl.SSL_CTX_ctrl(context, OpenSsl.CtrlMaxProtocol, OpenSsl.Tls13, 0);
        _ = OpenSsl.SSL_CTX_set_options(context, OpenSsl.OptionNoRenegotiation);
        fixed (byte* suites = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256\0"u8)
        {
            Check(OpenSsl.SSL_CTX_set_ciphersuites(context, suites), "the cipher suites");
        }
        TlsGroups.Set(context);
        fixed (byte* algorithms = "ECDSA+SHA256\0"u8)
        {
            // What proxies' keys sign with. Issuers may have other keys: this does not bind what is in a chain.
            Check((int)OpenSsl.SSL_CTX_ctrl(context, OpenSsl.CtrlSignatureAlgorithms, 0, (nint)algorithms), "the signature algorithm");
        }
        OpenSsl.SSL_CTX_set_verify(context, OpenSsl.VerifyPeerAndRequire, 0);
        OpenSsl.SSL_CTX_ctrl(context, OpenSsl.CtrlMaxCertificateList, MaxCertificateList, 0);
        // Partial writes, moving write buffer, no automatic chain (it would cost an ECDSA verification per handshake), buffers released
        // while idle.
        OpenSsl.SSL_CTX_ctrl(context, OpenSsl.CtrlMode, 0x1 | 0x2 | 0x8 | 0x10, 0);
        OpenSsl.SSL_CTX_ctrl(context, OpenSsl.CtrlReadAhead, 1, 0);
        // Several records in one recv. The buffer is there only while something is being read.
        OpenSsl.SSL_CTX_set_default_read_buffer_len(context, ReadAheadBytes);
        TlsCallbacks.Register(context);
    }

    // A ticket is the id of a session that the server keeps. Resumption is always with an (EC)DHE exchange: OpenSSL does PSK alone only when told to.
    private static void ConfigureResumption(nint context, WorkloadCertificate certificate, TimeSpan lifetime)
    {
        var isOn = lifetime > TimeSpan.Zero;
        // One ticket for a full handshake: it may be used again and again, since there is no early data to replay.
        _ = OpenSsl.SSL_CTX_set_num_tickets(context, isOn ? 1 : 0);
        var mode = isOn ? OpenSsl.SessionCacheClient : 0;
        OpenSsl.SSL_CTX_ctrl(
            context, OpenSsl.CtrlSessionCacheMode, mode | OpenSsl.SessionCacheNoAutoClear | OpenSsl.SessionCacheNoInternal, 0);
        _ = OpenSsl.SSL_CTX_set_timeout(context, Math.Max(1, (nint)lifetime.TotalSeconds));
        // A second lock: a session names what it may be resumed under.
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var der in certificate.Chain.Concat(certificate.TrustAnchors))
        {
            hash.AppendData(der.Span);
        }
        var id = hash.GetHashAndReset();
        fixed (byte* start = id)
        {
            Check(OpenSsl.SSL_CTX_set_session_id_context(context, start, (uint)id.Length), "the session id context");
        }
    }

    private static WorkloadIdentity UseCertificate(nint context, WorkloadCertificate certificate)
    {
        var leaf = ReadCertificate(certificate.Chain[0]);
        try
        {
            if (CertificateNames.Read(leaf, out var identity) is { } refusal)
            {
                throw new InvalidDataException($"The certificate cannot be used: {refusal}.");
            }
            if (identity.Namespace != certificate.Namespace || identity.ServiceAccount != certificate.ServiceAccount)
            {
                throw new InvalidDataException(
                    $"The certificate is {identity}'s, not that of {certificate.Namespace}/{certificate.ServiceAccount}.");
            }
            Check(OpenSsl.SSL_CTX_use_certificate(context, leaf), "the certificate");
            for (var i = 1; i < certificate.Chain.Count; i++)
            {
                // The context takes this one over.
                Check((int)OpenSsl.SSL_CTX_ctrl(
                    context, OpenSsl.CtrlExtraChainCertificate, 0, ReadCertificate(certificate.Chain[i])), "the issuer's certificate");
            }
            UseKey(context, certificate.PrivateKey);
            foreach (var anchor in certificate.TrustAnchors)
            {
                var root = ReadCertificate(anchor);
                var added = OpenSsl.X509_STORE_add_cert(OpenSsl.SSL_CTX_get_cert_store(context), root);
                OpenSsl.X509_free(root);
                Check(added, "a trust anchor");
            }
            return identity;
        }
        finally
        {
            OpenSsl.X509_free(leaf);
        }
    }

    private static void UseKey(nint context, ReadOnlyMemory<byte> der)
    {
        nint key;
        fixed (byte* start = der.Span)
        {
            var data = start;
            key = OpenSsl.d2i_AutoPrivateKey(0, &data, der.Length);
        }
        if (key == 0)
        {
            throw new InvalidDataException($"The private key cannot be read: {OpenSsl.TakeError()}. It must be PKCS#8 DER.");
        }
        var used = OpenSsl.SSL_CTX_use_PrivateKey(context, key);
        OpenSsl.EVP_PKEY_free(key);
        Check(used, "the private key");
        Check(OpenSsl.SSL_CTX_check_private_key(context), "the private key together with the certificate");
    }

    private static nint ReadCertificate(ReadOnlyMemory<byte> der)
    {
        fixed (byte* start = der.Span)
        {
            var data = start;
            var certificate = OpenSsl.d2i_X509(0, &data, der.Length);
            return certificate != 0
                ? certificate
                : throw new InvalidDataException($"A certificate cannot be read: {OpenSsl.TakeError()}. It must be DER.");
        }
    }

    private static void Check(int result, string what)
    {
        if (result != 1)
        {
            throw new InvalidDataException($"OpenSSL does not take {what}: {OpenSsl.TakeError()}.");
        }
    }
}
