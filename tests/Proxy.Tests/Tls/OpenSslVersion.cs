using System.Runtime.InteropServices;

namespace Mesh.Proxy.Tests.Tls;

/// <summary>Which library the tests run with.</summary>
internal static class OpenSslVersion
{
    /// <summary>0xMNN00PP0: major, minor, patch.</summary>
    public static ulong Number { get; } = OpenSSL_version_num();

    [DllImport("libcrypto.so.3")]
    private static extern ulong OpenSSL_version_num();
}
