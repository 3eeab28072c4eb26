using Mesh.Interfaces.NodeSession;
using Mesh.Proxy.Session;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Mesh.Proxy.Certificates;

/// <summary>
/// The proxy's own certificate, with which it opens sessions; had from the bootstrap call, which takes the node's token only.
/// </summary>
internal sealed class ProxyCertificate : BackgroundService
{
    private readonly CertificateRenewal _renewal;

    public ProxyCertificate(
        ProxyOptions options, SiloClient client, CertificateFiles files, TimeProvider time, ILogger<ProxyCertificate> logger) =>
        _renewal = new CertificateRenewal(
            PeerIdentity.ProxyOf(options), new Bootstrap(client), files, _ => { }, time, logger, TimeSpan.FromSeconds(5));

    /// <summary>Until when the certificate in use is valid; null before the first.</summary>
    public DateTimeOffset? NotAfter => _renewal.Current?.NotAfter;

    /// <summary>Why the last request failed; empty when it did not.</summary>
    public string LastFailure => _renewal.LastFailure;

    /// <summary>The certificate to open the next session with; waits for the first.</summary>
    public async Task<IssuedCertificate> GetAsync(CancellationToken cancellationToken)
    {
        await _renewal.First.WaitAsync(cancellationToken);
        return _renewal.Current!;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await _renewal.RunAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The process ends; that is what cancels.
        }
    }

    private sealed class Bootstrap(SiloClient client) : ICertificateIssuer
    {
        public Task<Certificate> IssueAsync(CertificateRequest request, CancellationToken cancellationToken) =>
            client.CertifyAsync(request, cancellationToken);
    }
}
