using System.Collections.Immutable;
using Microsoft.Extensions.Options;
using SiloOptions = Mesh.Silo.Configuration.SiloOptions;

namespace Mesh.Silo.GrainDirectory;

/// <summary>
/// This silo's part of its cluster's directory. When a silo of the cluster has gone, or this one is new, the others are asked first for
/// those of their activations whose entries have come here, and whoever asks meanwhile waits: an activation that exists is found. A silo that
/// does not answer holds that up for <see cref="Patience"/>; it is asked on, and should a second activation have come into being until
/// it answers, the one that is registered here wins.
/// </summary>
internal sealed partial class DirectoryPartition(
    IClusterMembershipService membership,
    ILocalSiloDetails local,
    SiloOptions options,
    LocalRegistrations registrations,
    IServiceProvider services,
    TimeProvider time,
    ILogger<DirectoryPartition> logger)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan CatchUpPatience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly Lock _lock = new();
    private readonly Dictionary<GrainId, GrainAddress> _entries = [];
    private readonly Lazy<HomeDirectoryClient> _client = new(services.GetRequiredService<HomeDirectoryClient>);
    private DirectoryOwners _owners = DirectoryOwners.None;
    private Recovery _recovery = Recovery.Done;

    /// <summary>How many entries there are here.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _entries.Count;
            }
        }
    }

    public async ValueTask<DirectoryAnswer> RegisterAsync(GrainAddress address, GrainAddress? previous, MembershipVersion version)
    {
        if (await ElsewhereAsync(address.GrainId, version) is { } owner)
        {
            return new DirectoryAnswer(null, owner);
        }
        lock (_lock)
        {
            if (_entries.TryGetValue(address.GrainId, out var found) && !found.Matches(previous) && !IsGone(found))
            {
                return new DirectoryAnswer(found, null);
            }
            _entries[address.GrainId] = address;
            return new DirectoryAnswer(address, null);
        }
    }

    public async ValueTask<DirectoryAnswer> LookupAsync(GrainId grain, MembershipVersion version)
    {
        if (await ElsewhereAsync(grain, version) is { } owner)
        {
            return new DirectoryAnswer(null, owner);
        }
        lock (_lock)
        {
            return new DirectoryAnswer(_entries.GetValueOrDefault(grain), null);
        }
    }

    public async ValueTask<DirectoryAnswer> UnregisterAsync(GrainAddress address, MembershipVersion version)
    {
        if (await ElsewhereAsync(address.GrainId, version) is { } owner)
        {
            return new DirectoryAnswer(null, owner);
        }
        lock (_lock)
        {
            if (_entries.TryGetValue(address.GrainId, out var found) && found.Matches(address))
            {
                _entries.Remove(address.GrainId);
            }
            return default;
        }
    }

    /// <summary>Removes what is on silos that are dead.</summary>
    public void Forget(IReadOnlyCollection<SiloAddress> silos)
    {
        lock (_lock)
        {
            Prune(e => silos.Contains(e.SiloAddress!));
        }
    }

    /// <summary>The owners by a membership not older than <paramref name="version"/>, if it can be had.</summary>
    public async ValueTask<DirectoryOwners> CatchUpAsync(MembershipVersion version)
    {
        if (membership.CurrentSnapshot.Version < version)
        {
            try
            {
                await membership.Refresh(version).AsTask().WaitAsync(CatchUpPatience, time);
            }
            catch (Exception e)
            {
                // The home cluster's API may be out of reach. What is known here is then as good as it gets; the asker tries again.
                LogBehind(version, e.Message);
            }
        }
        return Current();
    }

    /// <summary>The owners by the membership as it is now.</summary>
    public DirectoryOwners Current()
    {
        lock (_lock)
        {
            var snapshot = membership.CurrentSnapshot;
            if (snapshot.Version == _owners.Version)
            {
                return _owners;
            }
            var (before, now) = (_owners, DirectoryOwners.Of(snapshot, options.ClusterName));
            _owners = now;
            Prune(IsGone);
            if (now.IsSameAs(before))
            {
                return now;
            }
            Prune(e => !local.SiloAddress.Equals(now.OwnerOf(e.GrainId)));
            if (!before.Silos.Contains(local.SiloAddress) || before.Silos.Except(now.Silos).Any())
            {
                _recovery.Stop();
                _recovery = Recover(now, snapshot);
            }
            return now;
        }
    }

    /// <returns>The owner, when it is not this silo; otherwise this silo's part is ready to answer.</returns>
    private async ValueTask<SiloAddress?> ElsewhereAsync(GrainId grain, MembershipVersion version)
    {
        var owners = await CatchUpAsync(version);
        while (true)
        {
            var owner = owners.OwnerOf(grain)
                ?? throw new SiloUnavailableException($"There is no silo of cluster '{options.ClusterName}' that is active.");
            if (!owner.Equals(local.SiloAddress))
            {
                return owner;
            }
            Recovery recovery;
            lock (_lock)
            {
                recovery = _recovery;
            }
            await recovery.Ready;
            var now = Current();
            if (now.IsSameAs(owners))
            {
                return null;
            }
            owners = now;
        }
    }

    private Recovery Recover(DirectoryOwners owners, ClusterMembershipSnapshot snapshot)
    {
        var others = snapshot.Members.Values
            .Where(m => m.Status is SiloStatus.Active or SiloStatus.ShuttingDown or SiloStatus.Stopping
                && Liveness.SiloNames.ClusterOf(m.Name) == options.ClusterName && !m.SiloAddress.Equals(local.SiloAddress))
            .Select(m => m.SiloAddress)
            .ToArray();
        Merge(registrations.All.Where(a => local.SiloAddress.Equals(owners.OwnerOf(a.GrainId))));
        var recovery = new Recovery(time);
        recovery.Start([.. others.Select(silo => AskAsync(silo, owners, recovery.Stopped))], Patience);
        return recovery;
    }

    private async Task AskAsync(SiloAddress silo, DirectoryOwners owners, CancellationToken stopped)
    {
        // Not under the lock of the caller.
        await Task.Yield();
        while (!stopped.IsCancellationRequested && !IsGone(silo))
        {
            try
            {
                var found = await _client.Value.At(silo).Activations(local.SiloAddress, owners.Version).AsTask().WaitAsync(stopped);
                lock (_lock)
                {
                    if (!stopped.IsCancellationRequested)
                    {
                        Merge(found);
                    }
                }
                LogRecovered(found.Length, silo);
                return;
            }
            catch (Exception e) when (!stopped.IsCancellationRequested)
            {
                LogUnrecovered(silo, e.Message);
                await Task.Delay(Pause, time, stopped).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    // The silo whose activation loses finds out when it registers its activations again: HomeDirectoryUpkeep.
    private void Merge(IEnumerable<GrainAddress> found)
    {
        foreach (var address in found)
        {
            if (!_entries.TryGetValue(address.GrainId, out var there) || IsGone(there))
            {
                _entries[address.GrainId] = address;
            }
        }
    }

    private void Prune(Func<GrainAddress, bool> match)
    {
        foreach (var entry in _entries.Values.Where(match).ToArray())
        {
            _entries.Remove(entry.GrainId);
        }
    }

    private bool IsGone(GrainAddress entry) => entry.SiloAddress is not { } silo || IsGone(silo);

    private bool IsGone(SiloAddress silo) => membership.CurrentSnapshot.GetSiloStatus(silo) is SiloStatus.Dead or SiloStatus.None;

    [LoggerMessage(6200, LogLevel.Debug, "{Count} entries of the directory come from silo {Silo}.")]
    private partial void LogRecovered(int count, SiloAddress silo);

    [LoggerMessage(6201, LogLevel.Warning, "Silo {Silo} does not say which grains it has; it is asked again. {Problem}")]
    private partial void LogUnrecovered(SiloAddress silo, string problem);

    [LoggerMessage(6202, LogLevel.Warning, "The membership cannot be brought up to version {Version}. {Problem}")]
    private partial void LogBehind(MembershipVersion version, string problem);

    /// <summary>The asking of the others that one change of the owners needs.</summary>
    private sealed class Recovery(TimeProvider time)
    {
        private readonly CancellationTokenSource _stop = new();

        public static Recovery Done { get; } = new(TimeProvider.System);

        public CancellationToken Stopped => _stop.Token;

        /// <summary>Ends when all have answered, or the time for that is up. Never fails.</summary>
        public Task Ready { get; private set; } = Task.CompletedTask;

        public void Start(Task[] asked, TimeSpan patience) =>
            Ready = Task.WhenAny(Task.WhenAll(asked), Task.Delay(patience, time, _stop.Token));

        public void Stop() => _stop.Cancel();
    }
}
