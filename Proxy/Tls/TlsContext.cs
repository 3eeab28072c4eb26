using System.Runtime.InteropServices;
using Mesh.Interfaces.Identity;
using Mesh.Proxy.DataPlane;

namespace Mesh.Proxy.Tls;

/// <summary>
/// One certificate with what is needed to use it: an SSL_CTX, for both directions. TLS 1.3 only, peers verified and required, as a server
/// whichever <see cref="MeshProtocol"/> the client prefers. Counted explicitly: the maker holds the first reference and gives it up with <see cref="Release"/>; a loop that
/// makes a session takes one for as long as that takes. OpenSSL keeps the SSL_CTX itself alive for the sessions made from it.
/// </summary>
internal sealed unsafe class TlsContext
{
    private readonly nint _context;
    private int _references = 1;

    private TlsContext(nint context, WorkloadIdentity identity)
    {
        _context = context;
        Identity = identity;
    }

    /// <summary>Who the certificate is for.</summary>
    public WorkloadIdentity Identity { get; }

    /// <exception cref="InvalidDataException">The certificate, key or anchors cannot be used.</exception>
    public static TlsContext Create(WorkloadCertificate certificate)
    {
        if (certificate.Chain.Count == 0 || certificate.TrustAnchors.Count == 0)
        {
            throw new InvalidDataException("A certificate needs a chain and at least one trust anchor.");
        }
        var context = OpenSsl.SSL_CTX_new(OpenSsl.TLS_method());
        try
        {
            Configure(context);
            var identity = UseCertificate(context, certificate);
            return new TlsContext(context, identity);
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
        fixed (byte* suites = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384\0"u8)
        {
            Check(OpenSsl.SSL_CTX_set_ciphersuites(context, suites), "the cipher suites");
        }
        OpenSsl.SSL_CTX_set_verify(context, OpenSsl.VerifyPeerAndRequire, 0);
        // Resumption would skip the certificates, and with them who the peer is now.
        _ = OpenSsl.SSL_CTX_set_num_tickets(context, 0);
        OpenSsl.SSL_CTX_ctrl(context, OpenSsl.CtrlSessionCacheMode, 0, 0);
        // Partial writes, moving write buffer, no automatic chain (it would cost an ECDSA verification per handshake), buffers released
        // while idle.
        OpenSsl.SSL_CTX_ctrl(context, OpenSsl.CtrlMode, 0x1 | 0x2 | 0x8 | 0x10, 0);
        OpenSsl.SSL_CTX_ctrl(context, OpenSsl.CtrlReadAhead, 1, 0);
        OpenSsl.SSL_CTX_set_alpn_select_cb(context, &SelectAlpn, 0);
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
}
