using System.Runtime.InteropServices;
using Mesh.Interfaces.Identity;

namespace Mesh.Proxy.Tls;

/// <summary>Verifies a peer's certificate chain, and that the certificate is a workload's.</summary>
internal static unsafe class PeerVerification
{
    // From a leaf through a few issuers; OpenSSL's own limit is 100.
    private const int MaxDepth = 8;

    // 112 bits and more: no SHA-1, no RSA under 2048 bits anywhere in the chain.
    private const int SecurityLevel = 2;

    /// <summary>
    /// A subject's public key up to the point's coordinates: an uncompressed point on the named curve P-256 (RFC 5480 section 2). Every
    /// proxy makes such keys; anything else (RSA of any size, curves with their own parameters) costs time to look at and is refused.
    /// </summary>
    private static ReadOnlySpan<byte> KeyPrefix =>
    [
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03,
        0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
    ];

    /// <param name="anchors">An X509_STORE.</param>
    /// <param name="leaf">An X509, the peer's.</param>
    /// <param name="untrusted">A stack of X509 that may be needed to reach an anchor; may be 0.</param>
    /// <param name="peerIsClient">What the certificate is used for.</param>
    /// <param name="now">Seconds since 1970.</param>
    /// <param name="trustDomain">Where the peer must be from.</param>
    /// <param name="peer">Who it is; null when refused.</param>
    /// <param name="error">OpenSSL's X509_V_ERR code, for the alert sent.</param>
    /// <returns>Null, or why the certificate is refused.</returns>
    public static string? Verify(
        nint anchors, nint leaf, nint untrusted, bool peerIsClient, long now, string trustDomain, out VerifiedPeer? peer, out int error)
    {
        peer = null;
        error = OpenSsl.VerifyApplication;
        // Owned here. Takes no ownership of what it is given.
        var verification = OpenSsl.X509_STORE_CTX_new();
        try
        {
            if (OpenSsl.X509_STORE_CTX_init(verification, anchors, leaf, untrusted) != 1)
            {
                return $"the certificate cannot be verified: {OpenSsl.TakeError()}";
            }
            fixed (byte* purpose = peerIsClient ? "ssl_client\0"u8 : "ssl_server\0"u8)
            {
                _ = OpenSsl.X509_STORE_CTX_set_default(verification, purpose);
            }
            var parameters = OpenSsl.X509_STORE_CTX_get0_param(verification);
            OpenSsl.X509_VERIFY_PARAM_set_auth_level(parameters, SecurityLevel);
            OpenSsl.X509_VERIFY_PARAM_set_depth(parameters, MaxDepth);
            OpenSsl.X509_STORE_CTX_set_time(verification, 0, (nint)now);
            if (OpenSsl.X509_verify_cert(verification) != 1)
            {
                OpenSsl.ERR_clear_error();
                error = OpenSsl.X509_STORE_CTX_get_error(verification);
                return $"the peer's certificate does not verify: {DescribeError(error)}";
            }
            WorkloadIdentity identity = default;
            if ((CheckLeaf(leaf) ?? CertificateNames.Read(leaf, out identity)) is { } refusal)
            {
                return refusal;
            }
            // An anchor may be shared with others; names outside the trust domain mean nothing to the policies here.
            if (!string.Equals(identity.TrustDomain, trustDomain, StringComparison.Ordinal))
            {
                return $"the peer {identity} is not of the trust domain {trustDomain}";
            }
            peer = Describe(OpenSsl.X509_STORE_CTX_get0_chain(verification), identity);
            error = 0;
            return null;
        }
        finally
        {
            OpenSsl.X509_STORE_CTX_free(verification);
        }
    }

    public static string DescribeError(nint code) =>
        Marshal.PtrToStringUTF8(OpenSsl.X509_verify_cert_error_string(code)) ?? $"error {code}";

    /// <param name="certificate">An X509.</param>
    public static byte[] Der(nint certificate)
    {
        var length = OpenSsl.i2d_X509(certificate, null);
        if (length <= 0)
        {
            throw new InvalidDataException($"OpenSSL cannot write a certificate it has read: {OpenSsl.TakeError()}.");
        }
        var der = new byte[length];
        fixed (byte* start = der)
        {
            var end = start;
            _ = OpenSsl.i2d_X509(certificate, &end);
        }
        return der;
    }

    private static string? CheckLeaf(nint leaf)
    {
        if ((OpenSsl.X509_get_extension_flags(leaf) & OpenSsl.ExtensionFlagAuthority) != 0)
        {
            return "the certificate is an authority's, not a workload's";
        }
        // Owned by the certificate.
        var key = OpenSsl.X509_get_X509_PUBKEY(leaf);
        var length = OpenSsl.i2d_X509_PUBKEY(key, null);
        const int PointSize = 64;
        if (length != KeyPrefix.Length + PointSize)
        {
            return "the certificate's key is not on the curve P-256";
        }
        var der = stackalloc byte[length];
        var end = der;
        _ = OpenSsl.i2d_X509_PUBKEY(key, &end);
        return new ReadOnlySpan<byte>(der, length).StartsWith(KeyPrefix) ? null : "the certificate's key is not on the curve P-256";
    }

    private static VerifiedPeer Describe(nint chain, WorkloadIdentity identity)
    {
        var notBefore = long.MinValue;
        var notAfter = long.MaxValue;
        var count = OpenSsl.OPENSSL_sk_num(chain);
        var ders = new List<byte[]>(count);
        // Owned here: midnight of 1970-01-01, to count from.
        var origin = OpenSsl.ASN1_TIME_set(0, 0);
        for (var i = 0; i < count; i++)
        {
            var certificate = OpenSsl.OPENSSL_sk_value(chain, i);
            notBefore = Math.Max(notBefore, Seconds(origin, OpenSsl.X509_get0_notBefore(certificate)));
            notAfter = Math.Min(notAfter, Seconds(origin, OpenSsl.X509_get0_notAfter(certificate)));
            // The last one is the anchor, unless the leaf is one itself.
            if (i == 0 || i < count - 1)
            {
                ders.Add(Der(certificate));
            }
        }
        OpenSsl.ASN1_TIME_free(origin);
        return new VerifiedPeer(identity, notBefore, notAfter, Fingerprint.Of(ders[0]), [.. ders]);
    }

    private static long Seconds(nint origin, nint time)
    {
        int days;
        int seconds;
        return OpenSsl.ASN1_TIME_diff(&days, &seconds, origin, time) == 1 ? (days * 86400L) + seconds : 0;
    }
}
