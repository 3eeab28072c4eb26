using System.Runtime.InteropServices;

namespace Mesh.Proxy.Tls;

/// <summary>
/// The parts of OpenSSL 3 used. Pointers follow OpenSSL's names: what <c>get0</c> gives belongs to the object it was asked of, what
/// <c>get1</c>, <c>new</c>, <c>dup</c> and <c>d2i</c> give belongs to the caller. Calls that may come back through the BIO or a callback
/// (handshake, read, write, shutdown) must not suppress the GC transition; getters and flags do, since they are called often, return at
/// once and call nothing back.
/// </summary>
internal static unsafe class OpenSsl
{
    public const int SslErrorSsl = 1;
    public const int SslErrorWantRead = 2;
    public const int SslErrorWantWrite = 3;
    public const int SslErrorSyscall = 5;
    public const int SslErrorZeroReturn = 6;
    public const int CtrlExtraChainCertificate = 14;
    public const int CtrlMode = 33;
    public const int CtrlReadAhead = 41;
    public const int CtrlSessionCacheMode = 44;
    public const int CtrlMinProtocol = 123;
    public const int CtrlMaxProtocol = 124;
    public const int Tls13 = 0x0304;
    public const int VerifyPeerAndRequire = 1 | 2;
    public const int BioShouldRead = 0x1;
    public const int BioShouldWrite = 0x2;
    public const int BioShouldRetry = 0x8;
    public const int BioAllFlags = 0xF;
    public const int BioCtrlFlush = 11;
    public const int BioTypeSourceSink = 0x400;
    public const int SubjectAlternativeName = 85;
    public const int GeneralNameDns = 2;
    public const int GeneralNameUri = 6;
    public const int CtrlMaxCertificateList = 51;
    public const int CtrlGroups = 92;
    public const int CtrlSignatureAlgorithms = 98;
    public const int SessionCacheClient = 0x1;
    public const int SessionCacheNoAutoClear = 0x80;
    public const int SessionCacheNoInternal = 0x300;
    public const ulong OptionNoRenegotiation = 1UL << 30;
    public const ulong OptionNoStatelessTickets = 1UL << 14;
    public const int InfoLoop = 1;
    public const int VerifyApplication = 50;
    public const uint ExtensionFlagAuthority = 0x10;
    public const int AlpnOk = 0;
    public const int AlpnFatal = 2;
    private const string Ssl = "libssl.so.3";
    private const string Crypto = "libcrypto.so.3";

    /// <summary>
    /// Whether <see cref="SSL_free_buffers"/> may be called: earlier versions may free a buffer with part of a record in it
    /// (CVE-2024-4741). A version that got the correction but not its number just does not get its buffers back.
    /// </summary>
    public static bool CanFreeBuffers { get; } = OpenSSL_version_num() switch
    {
        >= 0x30300010 => true,
        >= 0x30200020 and < 0x30300000 => true,
        >= 0x30100060 and < 0x30200000 => true,
        >= 0x300000E0 and < 0x30100000 => true,
        _ => false,
    };

    [DllImport(Crypto)]
    private static extern nuint OpenSSL_version_num();

    [DllImport(Ssl)]
    public static extern nint TLS_method();

    [DllImport(Ssl)]
    public static extern nint SSL_CTX_new(nint method);

    [DllImport(Ssl)]
    public static extern void SSL_CTX_free(nint context);

    [DllImport(Ssl)]
    public static extern nint SSL_CTX_ctrl(nint context, int command, nint number, nint pointer);

    [DllImport(Ssl)]
    public static extern int SSL_CTX_use_certificate(nint context, nint certificate);

    [DllImport(Ssl)]
    public static extern int SSL_CTX_use_PrivateKey(nint context, nint key);

    [DllImport(Ssl)]
    public static extern int SSL_CTX_check_private_key(nint context);

    [DllImport(Ssl)]
    public static extern int SSL_CTX_set_ciphersuites(nint context, byte* names);

    [DllImport(Ssl)]
    public static extern void SSL_CTX_set_verify(nint context, int mode, nint callback);

    [DllImport(Ssl)]
    public static extern void SSL_CTX_set_cert_verify_callback(
        nint context, delegate* unmanaged<nint, nint, int> callback, nint argument);

    [DllImport(Ssl)]
    public static extern ulong SSL_CTX_set_options(nint context, ulong options);

    [DllImport(Ssl)]
    public static extern int SSL_CTX_set_session_id_context(nint context, byte* id, uint length);

    [DllImport(Ssl)]
    public static extern nint SSL_CTX_set_timeout(nint context, nint seconds);

    [DllImport(Ssl)]
    public static extern void SSL_CTX_sess_set_new_cb(nint context, delegate* unmanaged<nint, nint, int> callback);

    [DllImport(Ssl)]
    public static extern int SSL_CTX_set_session_ticket_cb(
        nint context, delegate* unmanaged<nint, nint, int> issue, nint accept, nint argument);

    [DllImport(Ssl)]
    public static extern void SSL_CTX_sess_set_get_cb(
        nint context, delegate* unmanaged<nint, byte*, int, int*, nint> callback);

    [DllImport(Ssl)]
    public static extern ulong SSL_set_options(nint ssl, ulong options);

    [DllImport(Ssl)]
    public static extern int SSL_set_num_tickets(nint ssl, nint count);

    [DllImport(Ssl)]
    public static extern int SSL_free_buffers(nint ssl);

    [DllImport(Ssl)]
    public static extern int SSL_CTX_set_num_tickets(nint context, nint count);

    [DllImport(Ssl)]
    public static extern void SSL_CTX_set_default_read_buffer_len(nint context, nuint length);

    [DllImport(Ssl)]
    public static extern nint SSL_CTX_get_cert_store(nint context);

    [DllImport(Ssl)]
    public static extern int SSL_set_alpn_protos(nint ssl, byte* protocols, uint length);

    [DllImport(Ssl)]
    public static extern void SSL_CTX_set_alpn_select_cb(
        nint context, delegate* unmanaged<nint, byte**, byte*, byte*, uint, nint, int> callback, nint argument);

    [DllImport(Ssl)]
    public static extern nint SSL_new(nint context);

    [DllImport(Ssl)]
    public static extern void SSL_free(nint ssl);

    [DllImport(Ssl)]
    public static extern void SSL_set_bio(nint ssl, nint read, nint write);

    [DllImport(Ssl)]
    public static extern void SSL_set_accept_state(nint ssl);

    [DllImport(Ssl)]
    public static extern void SSL_set_connect_state(nint ssl);

    [DllImport(Ssl)]
    public static extern int SSL_do_handshake(nint ssl);

    [DllImport(Ssl)]
    public static extern int SSL_read(nint ssl, byte* buffer, int length);

    [DllImport(Ssl)]
    public static extern int SSL_write(nint ssl, byte* data, int length);

    [DllImport(Ssl)]
    public static extern int SSL_shutdown(nint ssl);

    [DllImport(Ssl), SuppressGCTransition]
    public static extern int SSL_get_error(nint ssl, int result);

    [DllImport(Ssl), SuppressGCTransition]
    public static extern int SSL_has_pending(nint ssl);

    [DllImport(Ssl)]
    public static extern void SSL_get0_alpn_selected(nint ssl, byte** protocol, uint* length);

    [DllImport(Ssl)]
    public static extern nint SSL_get_verify_result(nint ssl);

    [DllImport(Ssl), SuppressGCTransition]
    public static extern nint SSL_get0_peer_certificate(nint ssl);

    [DllImport(Ssl), SuppressGCTransition]
    public static extern nint SSL_get_rbio(nint ssl);

    [DllImport(Ssl)]
    public static extern void SSL_set_info_callback(nint ssl, delegate* unmanaged<nint, int, int, void> callback);

    [DllImport(Ssl), SuppressGCTransition]
    public static extern int SSL_session_reused(nint ssl);

    /// <summary>Takes a reference of its own.</summary>
    [DllImport(Ssl)]
    public static extern int SSL_set_session(nint ssl, nint session);

    /// <summary>Belongs to the SSL object, as with get0.</summary>
    [DllImport(Ssl), SuppressGCTransition]
    public static extern nint SSL_get_session(nint ssl);

    [DllImport(Ssl)]
    public static extern nint SSL_SESSION_dup(nint session);

    [DllImport(Ssl)]
    public static extern void SSL_SESSION_free(nint session);

    [DllImport(Ssl)]
    public static extern nint SSL_SESSION_set_timeout(nint session, nint seconds);

    [DllImport(Ssl), SuppressGCTransition]
    public static extern nuint SSL_SESSION_get_ticket_lifetime_hint(nint session);

    /// <summary>Belongs to the session, as with get0.</summary>
    [DllImport(Ssl), SuppressGCTransition]
    public static extern byte* SSL_SESSION_get_id(nint session, uint* length);

    [DllImport(Crypto)]
    public static extern nint X509_STORE_CTX_new();

    [DllImport(Crypto)]
    public static extern void X509_STORE_CTX_free(nint verification);

    [DllImport(Crypto)]
    public static extern int X509_STORE_CTX_init(nint verification, nint store, nint certificate, nint untrusted);

    [DllImport(Crypto)]
    public static extern int X509_STORE_CTX_set_default(nint verification, byte* name);

    [DllImport(Crypto)]
    public static extern void X509_STORE_CTX_set_time(nint verification, nuint flags, nint seconds);

    [DllImport(Crypto)]
    public static extern nint X509_STORE_CTX_get0_param(nint verification);

    [DllImport(Crypto)]
    public static extern void X509_VERIFY_PARAM_set_auth_level(nint parameters, int level);

    [DllImport(Crypto)]
    public static extern void X509_VERIFY_PARAM_set_depth(nint parameters, int depth);

    [DllImport(Crypto)]
    public static extern int X509_verify_cert(nint verification);

    [DllImport(Crypto)]
    public static extern int X509_STORE_CTX_get_error(nint verification);

    [DllImport(Crypto)]
    public static extern void X509_STORE_CTX_set_error(nint verification, int error);

    [DllImport(Crypto)]
    public static extern nint X509_STORE_CTX_get0_chain(nint verification);

    [DllImport(Crypto)]
    public static extern nint X509_STORE_CTX_get0_cert(nint verification);

    [DllImport(Crypto)]
    public static extern nint X509_STORE_CTX_get0_untrusted(nint verification);

    [DllImport(Crypto)]
    public static extern uint X509_get_extension_flags(nint certificate);

    /// <summary>Belongs to the certificate, as with get0.</summary>
    [DllImport(Crypto)]
    public static extern nint X509_get_X509_PUBKEY(nint certificate);

    [DllImport(Crypto)]
    public static extern int i2d_X509_PUBKEY(nint key, byte** data);

    [DllImport(Crypto)]
    public static extern nint X509_get0_notBefore(nint certificate);

    [DllImport(Crypto)]
    public static extern nint X509_get0_notAfter(nint certificate);

    [DllImport(Crypto)]
    public static extern nint ASN1_TIME_set(nint reuse, nint seconds);

    [DllImport(Crypto)]
    public static extern void ASN1_TIME_free(nint time);

    [DllImport(Crypto)]
    public static extern int ASN1_TIME_diff(int* days, int* seconds, nint from, nint to);

    [DllImport(Crypto)]
    public static extern int i2d_X509(nint certificate, byte** data);

    [DllImport(Crypto)]
    public static extern nint OPENSSL_sk_new_null();

    [DllImport(Crypto)]
    public static extern int OPENSSL_sk_push(nint stack, nint item);

    /// <summary>Frees the stack, not what is in it.</summary>
    [DllImport(Crypto)]
    public static extern void OPENSSL_sk_free(nint stack);

    [DllImport(Crypto)]
    public static extern nint X509_verify_cert_error_string(nint code);

    [DllImport(Crypto)]
    public static extern nint d2i_X509(nint reuse, byte** data, nint length);

    [DllImport(Crypto)]
    public static extern void X509_free(nint certificate);

    [DllImport(Crypto)]
    public static extern nint X509_get_ext_d2i(nint certificate, int extension, int* critical, int* index);

    [DllImport(Crypto)]
    public static extern int X509_STORE_add_cert(nint store, nint certificate);

    [DllImport(Crypto)]
    public static extern nint d2i_AutoPrivateKey(nint reuse, byte** data, nint length);

    [DllImport(Crypto)]
    public static extern void EVP_PKEY_free(nint key);

    [DllImport(Crypto)]
    public static extern int OPENSSL_sk_num(nint stack);

    [DllImport(Crypto)]
    public static extern nint OPENSSL_sk_value(nint stack, int index);

    [DllImport(Crypto)]
    public static extern nint GENERAL_NAME_get0_value(nint name, int* type);

    [DllImport(Crypto)]
    public static extern void GENERAL_NAMES_free(nint names);

    [DllImport(Crypto)]
    public static extern int ASN1_STRING_length(nint text);

    [DllImport(Crypto)]
    public static extern byte* ASN1_STRING_get0_data(nint text);

    [DllImport(Crypto), SuppressGCTransition]
    public static extern void ERR_clear_error();

    [DllImport(Crypto), SuppressGCTransition]
    public static extern nuint ERR_peek_error();

    [DllImport(Crypto)]
    public static extern nint ERR_reason_error_string(nuint code);

    [DllImport(Crypto)]
    public static extern nint BIO_meth_new(int type, byte* name);

    [DllImport(Crypto)]
    public static extern int BIO_get_new_index();

    [DllImport(Crypto)]
    public static extern int BIO_meth_set_read(nint method, delegate* unmanaged<nint, byte*, int, int> callback);

    [DllImport(Crypto)]
    public static extern int BIO_meth_set_write(nint method, delegate* unmanaged<nint, byte*, int, int> callback);

    [DllImport(Crypto)]
    public static extern int BIO_meth_set_ctrl(nint method, delegate* unmanaged<nint, int, nint, nint, nint> callback);

    [DllImport(Crypto)]
    public static extern nint BIO_new(nint method);

    [DllImport(Crypto)]
    public static extern void BIO_set_data(nint bio, nint data);

    [DllImport(Crypto), SuppressGCTransition]
    public static extern nint BIO_get_data(nint bio);

    [DllImport(Crypto)]
    public static extern void BIO_set_init(nint bio, int value);

    [DllImport(Crypto), SuppressGCTransition]
    public static extern void BIO_set_flags(nint bio, int flags);

    [DllImport(Crypto), SuppressGCTransition]
    public static extern void BIO_clear_flags(nint bio, int flags);

    /// <summary>The first error on this thread's queue in words, and an empty queue.</summary>
    public static string TakeError()
    {
        var code = ERR_peek_error();
        ERR_clear_error();
        return code == 0 ? "no reason given" : Marshal.PtrToStringUTF8(ERR_reason_error_string(code)) ?? $"error {code:x}";
    }
}
