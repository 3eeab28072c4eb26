using System.Runtime.InteropServices;

namespace Mesh.Proxy.Tls;

/// <summary>
/// The parts of OpenSSL 3 used. Calls that may come back through the BIO (handshake, read, write, shutdown) must not suppress the GC
/// transition; the BIO's own flag calls may.
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
    public const int AlpnOk = 0;
    public const int AlpnFatal = 2;
    private const string Ssl = "libssl.so.3";
    private const string Crypto = "libcrypto.so.3";

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
    public static extern int SSL_CTX_set_num_tickets(nint context, nint count);

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

    [DllImport(Ssl)]
    public static extern int SSL_get_error(nint ssl, int result);

    [DllImport(Ssl), SuppressGCTransition]
    public static extern int SSL_has_pending(nint ssl);

    [DllImport(Ssl)]
    public static extern void SSL_get0_alpn_selected(nint ssl, byte** protocol, uint* length);

    [DllImport(Ssl)]
    public static extern nint SSL_get_verify_result(nint ssl);

    [DllImport(Ssl)]
    public static extern nint SSL_get1_peer_certificate(nint ssl);

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

    [DllImport(Crypto)]
    public static extern void ERR_clear_error();

    [DllImport(Crypto)]
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
