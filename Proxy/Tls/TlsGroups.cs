namespace Mesh.Proxy.Tls;

/// <summary>
/// The key exchange groups in use, the preferred one first: X25519 together with ML-KEM 768 where OpenSSL has it (3.5 and later), so that
/// what is recorded today stays secret when somebody has a quantum computer.
/// </summary>
internal static unsafe class TlsGroups
{
    private const string Hybrid = "X25519MLKEM768:X25519:P-256";
    private const string Classical = "X25519:P-256";

    /// <summary>OpenSSL's names, separated by colons; found out once per process.</summary>
    public static string Names { get; } = Probe();

    /// <exception cref="InvalidDataException">OpenSSL does not take them.</exception>
    public static void Set(nint context)
    {
        if (!TrySet(context, Names))
        {
            throw new InvalidDataException($"OpenSSL does not take the groups {Names}: {OpenSsl.TakeError()}.");
        }
    }

    private static string Probe()
    {
        var context = OpenSsl.SSL_CTX_new(OpenSsl.TLS_method());
        try
        {
            if (TrySet(context, Hybrid))
            {
                return Hybrid;
            }
            OpenSsl.ERR_clear_error();
            return Classical;
        }
        finally
        {
            OpenSsl.SSL_CTX_free(context);
        }
    }

    private static bool TrySet(nint context, string names)
    {
        fixed (byte* text = System.Text.Encoding.ASCII.GetBytes(names + '\0'))
        {
            return OpenSsl.SSL_CTX_ctrl(context, OpenSsl.CtrlGroups, 0, (nint)text) == 1;
        }
    }
}
