using System.Net;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Embedded.Hosting;
using Orleans.Embedded.Membership;

namespace Orleans.Embedded.Transport;

/// <summary>Asks for seeds, again and again, and asks those seeds that are not known yet whom they know.</summary>
internal sealed class SeedJoiner(
    PeerDialer dialer, MembershipTable membership, IEnumerable<ISeedProvider> providers, IOptions<EmbeddedSiloOptions> options,
    TimeProvider time, ILogger<SeedJoiner> log)
{
    // Seeds that lead to a silo known by another address, or to this one: asking again tells nothing while that silo lives.
    private readonly Dictionary<IPEndPoint, IPEndPoint> _aliases = [];

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(options.Value.SeedInterval, time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            await JoinAsync(cancellationToken);
        }
    }

    /// <summary>One round.</summary>
    public async Task JoinAsync(CancellationToken cancellationToken)
    {
        var seeds = new HashSet<IPEndPoint>();
        foreach (var provider in providers.Append(options.Value.Seeds).OfType<ISeedProvider>())
        {
            try
            {
                seeds.UnionWith(await provider.GetSeedsAsync(cancellationToken));
            }
            catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
            {
                log.SeedsFailed(e);
            }
        }
        var known = membership.Current.Members.Select(member => member.Address.Endpoint).ToHashSet();
        var alive = membership.Current.Members.Where(member => member.IsAlive).Select(member => member.Address.Endpoint).ToHashSet();
        var unknown = seeds.Where(seed =>
            seed.Port != 0 && !known.Contains(seed) && !(_aliases.TryGetValue(seed, out var real) && alive.Contains(real)));
        var answers = await Task.WhenAll(unknown.Select(seed => AskAsync(seed, cancellationToken)));
        foreach (var (seed, real) in answers)
        {
            if (real is not null && !real.Equals(seed))
            {
                _aliases[seed] = real;
            }
        }
    }

    private async Task<(IPEndPoint Seed, IPEndPoint? Real)> AskAsync(IPEndPoint seed, CancellationToken cancellationToken)
    {
        try
        {
            var (connection, greeting) = await dialer.ConnectAsync(seed, cancellationToken);
            await connection.DisposeAsync();
            if (!greeting.Self.Address.Equals(membership.Self.Address))
            {
                membership.Merge([greeting.Self, .. greeting.Members]);
            }
            return (seed, greeting.Self.Address.Endpoint);
        }
        // A seed that is slow to the end of the silo's own patience is still only a seed that is slow.
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            log.SeedSilent(seed, e.Message);
            return (seed, null);
        }
    }
}
