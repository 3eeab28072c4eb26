using Mesh.Interfaces.Identity;
using Mesh.Proxy.DataPlane;
using Mesh.Proxy.Enrolment;
using Mesh.Proxy.Session;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Mesh.Proxy.Certificates;

/// <summary>Keeps a certificate for each service account that a meshed pod of this node runs under, and none for others.</summary>
internal sealed partial class WorkloadCertificates(
    ProxyOptions options,
    ResourceStore resources,
    ICertificateIssuer issuer,
    CertificateFiles files,
    INodeDataPlane dataPlane,
    TimeProvider time,
    ILogger<WorkloadCertificates> logger) : BackgroundService
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);
    private readonly Lock _lock = new();
    private readonly Dictionary<ServiceAccountKey, Entry> _entries = [];
    private readonly SemaphoreSlim _changed = new(1);

    /// <summary>
    /// Every identity with the end of its certificate's life (null: none yet) and the renewals that failed since the last good one.
    /// </summary>
    public IReadOnlyList<(ServiceAccountKey Key, DateTimeOffset? NotAfter, int Failures)> States
    {
        get
        {
            lock (_lock)
            {
                return [.. _entries.Select(pair =>
                    (pair.Key, pair.Value.Renewal.Current?.NotAfter, pair.Value.Renewal.Failures))];
            }
        }
    }

    /// <summary>Waits until pods of the service account can prove who they are.</summary>
    public async Task WaitAsync(ServiceAccountKey key, CancellationToken cancellationToken)
    {
        Follow();
        Task first;
        lock (_lock)
        {
            // Not there: its last pod has just gone, and the caller's pod with it.
            first = _entries.TryGetValue(key, out var entry)
                ? entry.Renewal.First
                : Task.Delay(Timeout.InfiniteTimeSpan, time, cancellationToken);
        }
        await first.WaitAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        resources.PodsChanged += Wake;
        try
        {
            while (true)
            {
                await _changed.WaitAsync(stoppingToken);
                Follow();
                await EndRemovedAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The process ends; that is what cancels.
        }
        finally
        {
            resources.PodsChanged -= Wake;
            List<Entry> all;
            lock (_lock)
            {
                all = [.. _entries.Values];
                _entries.Clear();
            }
            foreach (var entry in all)
            {
                await entry.EndAsync();
            }
        }
    }

    private void Wake()
    {
        Follow();
        _changed.Release();
    }

    // Begins what is missing at once, in the caller's turn: an enrolment may be waiting for it.
    private void Follow()
    {
        lock (_lock)
        {
            foreach (var pod in resources.Pods)
            {
                var key = new ServiceAccountKey(pod.Namespace, pod.ServiceAccount);
                if (!_entries.ContainsKey(key))
                {
                    _entries.Add(key, Begin(key));
                }
            }
        }
    }

    private async Task EndRemovedAsync(CancellationToken cancellationToken)
    {
        var wanted = resources.Pods.Select(pod => new ServiceAccountKey(pod.Namespace, pod.ServiceAccount)).ToHashSet();
        List<(ServiceAccountKey Key, Entry Entry)> removed;
        lock (_lock)
        {
            removed = [.. _entries.Where(pair => !wanted.Contains(pair.Key)).Select(pair => (pair.Key, pair.Value))];
            foreach (var (key, _) in removed)
            {
                _entries.Remove(key);
            }
        }
        foreach (var (key, entry) in removed)
        {
            cancellationToken.ThrowIfCancellationRequested();
            await entry.EndAsync();
            dataPlane.RemoveCertificate(key);
            files.Delete(key.Namespace, key.ServiceAccount);
            LogForgotten(logger, key);
        }
    }

    private Entry Begin(ServiceAccountKey key)
    {
        var identity = new WorkloadIdentity(key.ServiceAccount, key.Namespace, options.TrustDomain);
        var renewal = new CertificateRenewal(identity, issuer, files, Publish, time, logger, LongestWait);
        var end = new CancellationTokenSource();
        return new Entry(renewal, end, RunAsync(renewal, end.Token));
    }

    private async Task RunAsync(CertificateRenewal renewal, CancellationToken cancellationToken)
    {
        // Follow is called under the lock: nothing of the renewal may run there.
        await Task.Yield();
        try
        {
            await renewal.RunAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Ended because no pod needs it any more.
        }
        catch (Exception bug)
        {
            // Nobody awaits this task until the service account goes; said here, or it would be found at the certificate's end.
            LogBug(logger, bug);
            throw;
        }
    }

    private void Publish(IssuedCertificate certificate) => dataPlane.SetCertificate(new WorkloadCertificate(
        certificate.Namespace, certificate.ServiceAccount,
        [.. certificate.Chain.Select(der => (ReadOnlyMemory<byte>)der)], certificate.PrivateKey,
        [.. certificate.TrustAnchors.Select(der => (ReadOnlyMemory<byte>)der)]));

    [LoggerMessage(EventId = 2210, Level = LogLevel.Information,
        Message = "no pod runs under {ServiceAccount} any more; its certificate and key are gone")]
    private static partial void LogForgotten(ILogger logger, ServiceAccountKey serviceAccount);

    [LoggerMessage(EventId = 2211, Level = LogLevel.Critical,
        Message = "a certificate renewal ended by a bug and will not go on until the proxy is restarted")]
    private static partial void LogBug(ILogger logger, Exception bug);

    private sealed record Entry(CertificateRenewal Renewal, CancellationTokenSource End, Task Running)
    {
        public async Task EndAsync()
        {
            await End.CancelAsync();
            await Running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            End.Dispose();
        }
    }
}
