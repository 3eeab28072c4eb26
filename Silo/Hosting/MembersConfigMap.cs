using System.Collections.Immutable;
using System.Net;
using Mesh.Kubernetes;
using Mesh.Kubernetes.Configuration;
using Mesh.Kubernetes.Resources;
using Mesh.Silo.Configuration;

namespace Mesh.Silo.Hosting;

/// <summary>
/// Keeps the ConfigMap <c>mesh-members</c>: from it a silo that starts finds those of other clusters when nobody of its own is left to
/// ask. Written shortly after the membership has changed; of several silos that write at once one wins and the others look again.
/// </summary>
internal sealed partial class MembersConfigMap(
    KubernetesClient client, ISiloMembers members, SiloOptions options, TimeProvider time, ILogger<MembersConfigMap> logger)
    : BackgroundService
{
    private const string Name = "mesh-members";
    private const string Key = "peers";
    private const int Attempts = 5;

    private static readonly TimeSpan Debounce = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(10);

    /// <summary>The silos that were known last; empty when there is no ConfigMap, null when it cannot be read.</summary>
    public async Task<ImmutableArray<IPEndPoint>?> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            var map = await client.GetOrNullAsync<ConfigMap>(options.PodNamespace, Name, cancellationToken);
            return [.. PeerList.Parse(map?.Data.GetValueOrDefault(Key)).Select(p => p.Address)];
        }
        catch (Exception e) when (IsUnavailable(e))
        {
            LogUnreadable(e.Message);
            return null;
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var changed = new SemaphoreSlim(1, 1);
        void OnChanged()
        {
            lock (changed)
            {
                if (changed.CurrentCount == 0)
                {
                    changed.Release();
                }
            }
        }
        members.Changed += OnChanged;
        try
        {
            while (true)
            {
                await changed.WaitAsync(stoppingToken);
                await Task.Delay(Debounce, time, stoppingToken);
                while (!await TryWriteAsync(stoppingToken))
                {
                    await Task.Delay(Retry, time, stoppingToken);
                }
            }
        }
        finally
        {
            members.Changed -= OnChanged;
        }
    }

    private async Task<bool> TryWriteAsync(CancellationToken cancellationToken)
    {
        for (var attempt = 1; attempt <= Attempts; attempt++)
        {
            try
            {
                var map = await client.GetOrNullAsync<ConfigMap>(options.PodNamespace, Name, cancellationToken);
                var current = map?.Data.GetValueOrDefault(Key);
                var wanted = PeerList.Merge(current, members.Current);
                if (wanted == current)
                {
                    return true;
                }
                var data = (map?.Data ?? ImmutableDictionary<string, string>.Empty).ToImmutableDictionary().SetItem(Key, wanted);
                if (map is null)
                {
                    var metadata = new ObjectMeta { Namespace = options.PodNamespace, Name = Name };
                    await client.CreateAsync(new ConfigMap { Metadata = metadata, Data = data }, cancellationToken);
                }
                else
                {
                    await client.ReplaceAsync(map with { Data = data }, cancellationToken);
                }
                return true;
            }
            catch (KubernetesException e) when (e.IsConflict)
            {
                // Another silo was first; what it wrote may be what we want.
            }
            catch (Exception e) when (IsUnavailable(e))
            {
                LogUnwritable(e.Message);
                return false;
            }
        }
        return false;
    }

    private static bool IsUnavailable(Exception e) =>
        e is KubernetesException or HttpRequestException or TimeoutException or KubernetesConfigurationException;

    [LoggerMessage(6010, LogLevel.Warning, "The ConfigMap mesh-members cannot be read; other silos are looked for by DNS and on "
        + "Links only. {Problem}")]
    private partial void LogUnreadable(string problem);

    [LoggerMessage(6011, LogLevel.Warning, "The ConfigMap mesh-members cannot be written; trying again. {Problem}")]
    private partial void LogUnwritable(string problem);
}
