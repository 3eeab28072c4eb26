using Mesh.Proxy.DataPlane;

namespace Mesh.Proxy.LoadBalancing;

/// <summary>
/// Chooses among a destination's endpoints: of two random ready ones the one with the lower load (peak EWMA times requests in flight);
/// where endpoints have weights, see <see cref="PickByWeight"/>. Near endpoints come first, then all, and endpoints of a silent cluster
/// (suspect) only when no other is usable. Ones that cannot be connected to are left alone for a while, and tried again once a second where
/// nothing else is left; ones that fail request after request are out for their penalty. Used on one loop.
/// </summary>
internal sealed class EndpointBalancer
{
    private const long TrialInterval = 1_000;
    private const int Draws = 8;
    private EndpointListModel _list = EndpointListModel.Empty;
    private EndpointPreference _preference = EndpointPreference.None;
    private CircuitBreakerPolicy? _breaker;
    // The ready ones: near, others, near but suspect, others that are suspect.
    private EndpointState[] _ready = [];
    private int _nearTrusted;
    private int _trusted;
    private int _nearSuspect;
    private double _heaviest = 1;
    private bool _isWeighted;
    private ulong _random;

    /// <param name="seed">Anything; equal seeds choose equally.</param>
    public EndpointBalancer(ulong seed) => _random = seed | 1;

    /// <summary>All endpoints of the list applied last.</summary>
    public IReadOnlyList<EndpointState> Endpoints { get; private set; } = [];

    /// <summary>Whether any endpoint is ready, failing or not.</summary>
    public bool HasReady => _ready.Length > 0;

    /// <summary>Of the ready endpoints, how many are out after failures in a row, and when the first of them may be tried again.</summary>
    public int CountOut(out long firstBack)
    {
        var count = 0;
        firstBack = long.MaxValue;
        foreach (var endpoint in _ready)
        {
            if (endpoint.IsOut)
            {
                count++;
                firstBack = Math.Min(firstBack, endpoint.OutUntil);
            }
        }
        return count;
    }

    /// <summary>How many endpoints are ready, failing or not.</summary>
    public int ReadyCount => _ready.Length;

    /// <inheritdoc cref="Apply(EndpointListModel, in EndpointPreference, CircuitBreakerPolicy?)"/>
    public bool Apply(EndpointListModel list) => Apply(list, EndpointPreference.None, null);

    /// <summary>Takes over a list. What is known of endpoints that stay is kept; those that left are marked removed.</summary>
    /// <param name="list">The endpoints.</param>
    /// <param name="preference">Which are near.</param>
    /// <param name="breaker">When failing ones are taken out; null: never.</param>
    /// <returns>False when it is all as it was.</returns>
    public bool Apply(EndpointListModel list, in EndpointPreference preference, CircuitBreakerPolicy? breaker)
    {
        if (ReferenceEquals(list, _list) && preference == _preference && breaker == _breaker)
        {
            return false;
        }
        _list = list;
        _preference = preference;
        var all = TakeOver(list);
        if (breaker is null && _breaker is not null)
        {
            all.ForEach(endpoint => endpoint.ResetBreaker());
        }
        _breaker = breaker;
        Endpoints = all;
        var ready = all.FindAll(e => e.Model.Ready);
        preference.Mark(ready);
        _ready = [.. ready.OrderBy(e => (e.Model.Suspect ? 2 : 0) + (e.IsNear ? 0 : 1))];
        _trusted = ready.Count(e => !e.Model.Suspect);
        _nearTrusted = ready.Count(e => e.IsNear && !e.Model.Suspect);
        _nearSuspect = ready.Count(e => e.IsNear && e.Model.Suspect);
        _heaviest = ready.Count > 0 ? ready.Max(e => e.Model.Weight) : 1;
        _isWeighted = ready.Exists(e => e.Model.Weight != _heaviest);
        return true;
    }

    /// <param name="now">Loop milliseconds.</param>
    /// <param name="nowMicroseconds">The same in microseconds.</param>
    /// <param name="excluded">One just tried in vain; null: none.</param>
    /// <returns>
    /// Null when no endpoint is ready, or none may be tried now: it is out, or cannot be connected to and has been tried within the last
    /// second.
    /// </returns>
    public EndpointState? Pick(long now, long nowMicroseconds, EndpointState? excluded)
    {
        var picked = PickAmong(0, _nearTrusted, now, nowMicroseconds, excluded)
            ?? PickAmong(0, _trusted, now, nowMicroseconds, excluded)
            ?? PickAmong(_trusted, _trusted + _nearSuspect, now, nowMicroseconds, excluded)
            ?? PickAmong(_trusted, _ready.Length, now, nowMicroseconds, excluded);
        if (picked is null)
        {
            foreach (var endpoint in _ready)
            {
                if (!ReferenceEquals(endpoint, excluded) && endpoint.MayBeTried(now, TrialInterval)
                    && (picked is null || endpoint.LastTrial < picked.LastTrial))
                {
                    picked = endpoint;
                }
            }
        }
        picked?.Picked(now);
        return picked;
    }

    /// <summary>A request has ended, and says something about its endpoint.</summary>
    /// <param name="endpoint">As picked.</param>
    /// <param name="era">Its <see cref="EndpointState.Era"/> when it was picked.</param>
    /// <param name="failed">Whether it speaks against the endpoint, see <see cref="ResponseClass"/>.</param>
    /// <param name="now">Loop milliseconds.</param>
    public void Report(EndpointState endpoint, int era, bool failed, long now)
    {
        if (_breaker is { } breaker)
        {
            endpoint.Record(era, failed, breaker, now, Chance());
        }
    }

    private List<EndpointState> TakeOver(EndpointListModel list)
    {
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
        return all;
    }

    private EndpointState? PickAmong(int from, int to, long now, long nowMicroseconds, EndpointState? excluded)
    {
        var count = to - from;
        if (count == 0)
        {
            return null;
        }
        if (_isWeighted)
        {
            return PickByWeight(from, to, now, nowMicroseconds, excluded);
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

    /// <summary>
    /// Draws two endpoints with the chances their weights give them and takes the first, unless it is much slower than the second or has more
    /// requests in flight than its share compared with the second. Comparing loads divided by weights instead would, with few requests
    /// in flight, send nearly all of them to the heaviest endpoint.
    /// </summary>
    private EndpointState? PickByWeight(int from, int to, long now, long nowMicroseconds, EndpointState? excluded)
    {
        const double MuchSlower = 2;
        var first = Draw(from, to, now, excluded, null);
        if (first is null || Draw(from, to, now, excluded, first) is not { } second)
        {
            return first;
        }
        var slower = first.Cost(nowMicroseconds) is { } one && second.Cost(nowMicroseconds) is { } other && one > MuchSlower * other;
        var beyondShare = first.InFlight * second.Model.Weight > (second.InFlight + 1) * first.Model.Weight;
        return slower || beyondShare ? second : first;
    }

    private EndpointState? Draw(int from, int to, long now, EndpointState? excluded, EndpointState? drawn)
    {
        for (var i = 0; i < Draws; i++)
        {
            var candidate = _ready[from + (int)(Next() % (ulong)(to - from))];
            if (Chance() * _heaviest < candidate.Model.Weight && !ReferenceEquals(candidate, drawn) && IsUsable(candidate, now, excluded))
            {
                return candidate;
            }
        }
        // Very unequal weights, or few usable endpoints: the same by adding up.
        var sum = 0.0;
        for (var i = from; i < to; i++)
        {
            sum += !ReferenceEquals(_ready[i], drawn) && IsUsable(_ready[i], now, excluded) ? _ready[i].Model.Weight : 0;
        }
        var left = Chance() * sum;
        EndpointState? last = null;
        for (var i = from; i < to && left >= 0; i++)
        {
            if (!ReferenceEquals(_ready[i], drawn) && IsUsable(_ready[i], now, excluded))
            {
                last = _ready[i];
                left -= last.Model.Weight;
            }
        }
        return last;
    }

    private static bool IsUsable(EndpointState endpoint, long now, EndpointState? excluded) =>
        !ReferenceEquals(endpoint, excluded) && endpoint.IsUsable(now);

    private double Chance() => (Next() >> 11) / (double)(1UL << 53);

    // xorshift64*: chance, not secrecy.
    private ulong Next()
    {
        _random ^= _random >> 12;
        _random ^= _random << 25;
        _random ^= _random >> 27;
        return _random * 0x2545F4914F6CDD1D;
    }
}
