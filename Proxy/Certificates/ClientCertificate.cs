using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Mesh.Proxy.Certificates;

/// <summary>A certificate with its key and intermediates as SslStream wants them; disposed together.</summary>
internal sealed class ClientCertificate(SslStreamCertificateContext context, IReadOnlyList<X509Certificate2> owned) : IDisposable
{
    public SslStreamCertificateContext Context { get; } = context;

    public void Dispose()
    {
        foreach (var certificate in owned)
        {
            certificate.Dispose();
        }
    }
}
