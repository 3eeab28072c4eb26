using Mesh.Interfaces.Identity;
using Mesh.Proxy.Session;
using Microsoft.Extensions.Logging;

namespace Mesh.Proxy.Certificates;

/// <summary>
/// Keeps one identity's certificate: takes it from disk or asks for it, renews it at 70 % of its life (give or take 5 %), and keeps the
/// old one until it expires while renewal fails.
/// </summary>
internal sealed partial class CertificateRenewal(
    WorkloadIdentity identity,
    ICertificateIssuer issuer,
    CertificateFiles files,
    Action<IssuedCertificate> publish,
    TimeProvider time,
    ILogger logger,
    TimeSpan longestWait)
{
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(10);
    private readonly Backoff _backoff = new(TimeSpan.FromMilliseconds(250), longestWait);
    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Done when there is a certificate.</summary>
    public Task First => _first.Task;

    /// <summary>The one in use; null before the first.</summary>
    public IssuedCertificate? Current { get; private set; }

    /// <summary>Renewals that failed since the last that did not.</summary>
    public int Failures { get; private set; }

    /// <summary>Why the last request failed; empty when it did not.</summary>
    public string LastFailure { get; private set; } = string.Empty;

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var wait = TakeUpKept();
        while (true)
        {
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, time, cancellationToken);
            }
            try
            {
                using var order = new CertificateOrder(identity, time);
                var issued = order.Accept(await AskAsync(order.Request(), cancellationToken));
                Use(issued);
                files.Save(issued);
                Failures = 0;
                LastFailure = string.Empty;
                _backoff.Reset();
                wait = UntilRenewal(issued);
                LogIssued(logger, identity.DnsName, issued.NotAfter, wait);
            }
            catch (Exception failure) when (failure is CertificateException or SessionException or IOException or TimeoutException
                or InvalidDataException or UnauthorizedAccessException or ObjectDisposedException)
            {
                Failures++;
                LastFailure = failure.Message;
                wait = _backoff.Next();
                LogFailed(logger, identity.DnsName, failure.Message, wait, Current?.NotAfter);
            }
        }
    }

    private TimeSpan TakeUpKept()
    {
        if (files.Load(identity, time.GetUtcNow()) is { } kept)
        {
            try
            {
                Use(kept);
                return UntilRenewal(kept);
            }
            catch (InvalidDataException unusable)
            {
                LogFailed(logger, identity.DnsName, $"the one on disk cannot be used: {unusable.Message}", TimeSpan.Zero, null);
            }
        }
        return TimeSpan.Zero;
    }

    private async Task<Interfaces.NodeSession.Certificate> AskAsync(
        Interfaces.NodeSession.CertificateRequest request, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(AnswerTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            return await issuer.IssueAsync(request, either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"no silo answered within {AnswerTimeout.TotalSeconds:0} s");
        }
    }

    private void Use(IssuedCertificate certificate)
    {
        publish(certificate);
        Current = certificate;
        _first.TrySetResult();
    }

    private TimeSpan UntilRenewal(IssuedCertificate certificate)
    {
        var life = certificate.NotAfter - certificate.NotBefore;
        var share = 0.65 + (Random.Shared.NextDouble() * 0.1);
        var wait = certificate.NotBefore + (life * share) - time.GetUtcNow();
        // A certificate that came almost expired would otherwise be asked for without a pause.
        var floor = TimeSpan.FromSeconds(1);
        return wait > floor ? wait : floor;
    }

    [LoggerMessage(EventId = 2200, Level = LogLevel.Information,
        Message = "certificate of {Identity} valid until {NotAfter:u}, renewed in {Wait}")]
    private static partial void LogIssued(ILogger logger, string identity, DateTimeOffset notAfter, TimeSpan wait);

    [LoggerMessage(EventId = 2201, Level = LogLevel.Warning,
        Message = "no new certificate of {Identity}: {Reason}. Asked again in {Wait}; the one in use is valid until {NotAfter:u}")]
    private static partial void LogFailed(ILogger logger, string identity, string reason, TimeSpan wait, DateTimeOffset? notAfter);
}
