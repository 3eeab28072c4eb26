using Mesh.Silo.Configuration;

namespace Mesh.Silo.Identity;

/// <summary>Takes over changed issuer files and renews the silo's own certificate in time.</summary>
internal sealed partial class IdentityUpkeep(
    IssuerStore store, SiloCertificate certificate, SiloOptions options, TimeProvider time, ILogger<IdentityUpkeep> logger)
    : BackgroundService
{
    // A kubelet takes about a minute to refresh a mounted Secret; more often would find nothing.
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        LogLoaded(store.Current.Issuer.Subject, store.Current.NotAfter, options.TrustAnchorsPath, store.Current.Anchors.Length);
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            Tend();
        }
    }

    /// <summary>One look at the files and the clock.</summary>
    internal void Tend()
    {
        try
        {
            if (store.Reload())
            {
                LogLoaded(store.Current.Issuer.Subject, store.Current.NotAfter, options.TrustAnchorsPath, store.Current.Anchors.Length);
                certificate.Renew();
            }
            else if (time.GetUtcNow() >= certificate.RenewalTime)
            {
                certificate.Renew();
                LogRenewed(certificate.Certificate.NotAfter.ToUniversalTime());
            }
        }
        catch (IssuerException e)
        {
            LogKeeping(e.Message);
        }
    }

    [LoggerMessage(1000, LogLevel.Information, "Issuer '{Issuer}' is in use until {NotAfter:u}, under the {Count} anchors of {Path}.")]
    private partial void LogLoaded(string issuer, DateTimeOffset notAfter, string path, int count);

    [LoggerMessage(1001, LogLevel.Information, "The silo's certificate was renewed; it ends at {NotAfter:u}.")]
    private partial void LogRenewed(DateTime notAfter);

    [LoggerMessage(1002, LogLevel.Error, "Keeping the issuer and the certificate in use. {Problem}")]
    private partial void LogKeeping(string problem);
}
