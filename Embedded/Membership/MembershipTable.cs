using System.Collections.Immutable;
using System.Net;
using Orleans.Runtime;
using Orleans.Runtime.MembershipService.SiloMetadata;

namespace Orleans.Embedded.Membership;

/// <summary>
/// What this silo knows of all silos. Who there is comes from gossip and is the same everywhere; who is reachable every silo finds out for
/// itself, from its own connections. Nothing here does I/O.
/// </summary>
internal sealed class MembershipTable : IEmbeddedMembership, ISiloMetadataCache
{
    private const int MemberLimit = 1024;
    private static readonly TimeSpan ForgetLeft = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan ForgetDead = TimeSpan.FromHours(24);

    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly Dictionary<IPEndPoint, Entry> _entries = [];
    private readonly SemaphoreSlim _changed = new(0, 1);
    private volatile MembershipView _view;
    private MemberRecord _self;

    public MembershipTable(MemberRecord self, TimeProvider time)
    {
        _time = time;
        _self = self;
        _entries[self.Address.Endpoint] = new Entry(self, time.GetUtcNow()) { Reachable = true };
        _view = new MembershipView(0, []);
        Publish();
    }

    public event Action<MembershipView>? Changed;

    public MembershipView Current => _view;

    public MemberRecord Self
    {
        get
        {
            lock (_lock)
            {
                return _self;
            }
        }
    }

    public SiloMetadata GetSiloMetadata(SiloAddress siloAddress) =>
        _view.Find(siloAddress) is { } member ? SiloMetadata.Of(member.Metadata) : SiloMetadata.Empty;

    /// <summary>What to tell others: everybody this silo knows of.</summary>
    public MemberRecord[] Gossip()
    {
        lock (_lock)
        {
            return [.. _entries.Values.Select(entry => entry.Record)];
        }
    }

    public void Announce(MemberStatus status)
    {
        lock (_lock)
        {
            _self = _self with { Status = status };
            _entries[_self.Address.Endpoint].Record = _self;
            Publish();
        }
    }

    /// <summary>Takes in what another silo told.</summary>
    public void Merge(IEnumerable<MemberRecord> members)
    {
        lock (_lock)
        {
            var changed = false;
            foreach (var member in members)
            {
                changed |= member is { IsValid: true } && MergeOne(member);
            }
            if (changed)
            {
                Publish();
            }
        }
    }

    /// <summary>The silo at that address was connected, or answered.</summary>
    public void Seen(SiloAddress silo)
    {
        lock (_lock)
        {
            if (!_entries.TryGetValue(silo.Endpoint, out var entry) || !entry.Record.Address.Equals(silo))
            {
                return;
            }
            entry.LastSeen = _time.GetUtcNow();
            if (!entry.Reachable)
            {
                entry.Reachable = true;
                entry.Failure = "";
                Publish();
            }
        }
    }

    /// <summary>The silo at that address, whatever its generation, cannot be reached.</summary>
    public void Lost(IPEndPoint endpoint, string why)
    {
        lock (_lock)
        {
            if (_entries.TryGetValue(endpoint, out var entry) && !entry.Record.Address.Equals(_self.Address)
                && (entry.Reachable || entry.Failure != why))
            {
                entry.Reachable = false;
                entry.Failure = why;
                Publish();
            }
        }
    }

    /// <summary>Drops who has been gone for long.</summary>
    public void Forget()
    {
        lock (_lock)
        {
            var now = _time.GetUtcNow();
            var old = _entries.Values.Where(entry => entry.Status switch
            {
                MemberStatus.Left => now - entry.StatusChanged > ForgetLeft,
                MemberStatus.Dead => now - entry.StatusChanged > ForgetDead,
                _ => false,
            }).ToArray();
            foreach (var entry in old)
            {
                _entries.Remove(entry.Record.Address.Endpoint);
            }
            if (old.Length > 0)
            {
                Publish();
            }
        }
    }

    /// <summary>Waits for changes and tells the subscribers of each, until cancelled.</summary>
    /// <param name="failed">Told what a subscriber threw.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task NotifyAsync(Action<Exception> failed, CancellationToken cancellationToken)
    {
        while (true)
        {
            await _changed.WaitAsync(cancellationToken);
            foreach (var handler in Changed?.GetInvocationList() ?? [])
            {
                try
                {
                    ((Action<MembershipView>)handler)(_view);
                }
                catch (Exception e)
                {
                    failed(e);
                }
            }
        }
    }

    private bool MergeOne(MemberRecord member)
    {
        var endpoint = member.Address.Endpoint;
        if (endpoint.Equals(_self.Address.Endpoint))
        {
            return false;
        }
        if (_entries.TryGetValue(endpoint, out var known))
        {
            var generations = member.Address.Generation.CompareTo(known.Record.Address.Generation);
            if (generations < 0 || (generations == 0 && member.Status <= known.Record.Status))
            {
                return false;
            }
            if (generations == 0)
            {
                known.Record = known.Record with { Status = member.Status };
                return true;
            }
        }
        // A silo of the same name in the same cluster is an earlier or later life of this one, whatever its address.
        var namesake = _entries.Values.FirstOrDefault(entry => entry.Record.Name == member.Name && entry.Record.Cluster == member.Cluster);
        if (namesake is not null && namesake.Record.Address.Generation >= member.Address.Generation)
        {
            return false;
        }
        if (member.Status == MemberStatus.Left || (known is null && namesake is null && _entries.Count >= MemberLimit))
        {
            return false;
        }
        if (namesake is not null && !namesake.Record.Address.Equals(_self.Address))
        {
            _entries.Remove(namesake.Record.Address.Endpoint);
        }
        _entries[endpoint] = new Entry(member, _time.GetUtcNow());
        return true;
    }

    private void Publish()
    {
        var now = _time.GetUtcNow();
        foreach (var entry in _entries.Values)
        {
            var status = entry.Record.Status == MemberStatus.Left || entry.Reachable ? entry.Record.Status : MemberStatus.Dead;
            if (status != entry.Status)
            {
                entry.Status = status;
                entry.StatusChanged = now;
            }
        }
        _view = new MembershipView(_view.Version + 1, [.. _entries.Values
            .OrderBy(entry => entry.Record.Address)
            .Select(entry => new ClusterMember(
                entry.Record.Address, entry.Record.Name, entry.Record.Metadata, entry.Status,
                IsLocal: entry.Record.Address.Equals(_self.Address),
                SeenSinceStart: entry.LastSeen is not null || entry.Record.Address.Equals(_self.Address),
                entry.StatusChanged, entry.LastSeen, entry.Failure))]);
        if (_changed.CurrentCount == 0)
        {
            _changed.Release();
        }
    }

    private sealed class Entry(MemberRecord record, DateTimeOffset now)
    {
        public MemberRecord Record { get; set; } = record;

        public bool Reachable { get; set; }

        public MemberStatus Status { get; set; } = MemberStatus.Dead;

        public DateTimeOffset StatusChanged { get; set; } = now;

        public DateTimeOffset? LastSeen { get; set; }

        public string Failure { get; set; } = "not reached yet";
    }
}
