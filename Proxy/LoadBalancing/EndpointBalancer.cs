using Mesh.Proxy.DataPlane;

namespace Mesh.Proxy.LoadBalancing;

/// <summary>
/// Chooses among a destination's endpoints: of two random ready ones the one with the lower load (peak EWMA times requests in flight).
/// Endpoints of a silent cluster (suspect) only when no other is usable; failing ones are left alone for a while, and tried again once
/// a second where nothing else is left. Used on one loop.
/// </summary>
internal sealed class EndpointBalancer
{
    private const long TrialInterval = 1_000;
    private EndpointListModel _list = EndpointListModel.Empty;
    // The ready ones, those not suspect first.
    private EndpointState[] _ready = [];
    private int _trusted;
    private ulong _random;

    /// <param name="seed">Anything; equal seeds choose equally.</param>
    public EndpointBalancer(ulong seed) => _random = seed | 1;

    /// <summary>All endpoints of the list applied last.</summary>
    public IReadOnlyList<EndpointState> Endpoints { get; private set; } = [];

    /// <summary>Whether any endpoint is ready, failing or not.</summary>
    public bool HasReady => _ready.Length > 0;

    /// <summary>Takes over a list. What is known of endpoints that stay is kept; those that left are marked removed.</summary>
    /// <returns>False when it is the list there was.</returns>
    public bool Apply(EndpointListModel list)
    {
        if (ReferenceEquals(list, _list))
        {
            return false;
        }
        _list = list;
        var old = Endpoints.ToDictionary(endpoint => (endpoint.Model.Address, endpoint.Model.Identity));
        var all = new List<EndpointState>(list.Endpoints.Length);
        foreach (var model in list.Endpoints)
        {
            if (old.Remove((model.Address, model.Identity), out var state))
            {
                state.Model = model;
            }
            else
            {
                state = new EndpointState(model);
            }
            all.Add(state);
        }
        foreach (var gone in old.Values)
        {
            gone.IsRemoved = true;
        }
        Endpoints = all;
        _ready = [.. all.Where(e => e.Model.Ready && !e.Model.Suspect), .. all.Where(e => e.Model.Ready && e.Model.Suspect)];
        _trusted = _ready.Count(e => !e.Model.Suspect);
        return true;
    }

    /// <param name="now">Loop milliseconds.</param>
    /// <param name="nowMicroseconds">The same in microseconds.</param>
    /// <param name="excluded">One just tried in vain; null: none.</param>
    /// <returns>Null when no endpoint is ready, or all are failing and have been tried within the last second.</returns>
    public EndpointState? Pick(long now, long nowMicroseconds, EndpointState? excluded)
    {
        var picked = PickAmong(0, _trusted, now, nowMicroseconds, excluded) ?? PickAmong(_trusted, _ready.Length, now, nowMicroseconds, excluded);
        if (picked is null)
        {
            foreach (var endpoint in _ready)
            {
                if (!ReferenceEquals(endpoint, excluded) && now - endpoint.LastTrial >= TrialInterval
                    && (picked is null || endpoint.LastTrial < picked.LastTrial))
                {
                    picked = endpoint;
                }
            }
        }
        if (picked is { Failures: > 0 })
        {
            picked.BeginTrial(now);
        }
        return picked;
    }

    private EndpointState? PickAmong(int from, int to, long now, long nowMicroseconds, EndpointState? excluded)
    {
        var count = to - from;
        if (count == 0)
        {
            return null;
        }
        if (count > 2)
        {
            var first = (int)(Next() % (ulong)count);
            var second = (int)(Next() % (ulong)(count - 1));
            second += second >= first ? 1 : 0;
            var one = _ready[from + first];
            var other = _ready[from + second];
            if (IsUsable(one, now, excluded) && IsUsable(other, now, excluded))
            {
                return one.Load(nowMicroseconds) <= other.Load(nowMicroseconds) ? one : other;
            }
        }
        // Few endpoints, or an unusable one among the two: look at all, from a random one on.
        EndpointState? best = null;
        var bestLoad = double.MaxValue;
        var start = count == 1 ? 0 : (int)(Next() % (ulong)count);
        for (var i = 0; i < count; i++)
        {
            var candidate = _ready[from + ((start + i) % count)];
            if (IsUsable(candidate, now, excluded) && candidate.Load(nowMicroseconds) is var load && load < bestLoad)
            {
                best = candidate;
                bestLoad = load;
            }
        }
        return best;
    }

    private static bool IsUsable(EndpointState endpoint, long now, EndpointState? excluded) =>
        !ReferenceEquals(endpoint, excluded) && endpoint.UnattractiveUntil <= now;

    // xorshift64*: chance, not secrecy.
    private ulong Next()
    {
        _random ^= _random >> 12;
        _random ^= _random << 25;
        _random ^= _random >> 27;
        return _random * 0x2545F4914F6CDD1D;
    }
}
