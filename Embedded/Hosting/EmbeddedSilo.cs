using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Embedded.Activations;
using Orleans.Embedded.Calls;
using Orleans.Embedded.Membership;
using Orleans.Embedded.Transport;

namespace Orleans.Embedded.Hosting;

/// <summary>Starts and stops the silo with its host, and owns everything that runs meanwhile.</summary>
internal sealed class EmbeddedSilo(
    MembershipTable membership, SiloListener listener, PeerLinks links, SeedJoiner seeds, CallRouter router, ActivationHost activations,
    IOptions<EmbeddedSiloOptions> options, TimeProvider time, IHostApplicationLifetime lifetime, ILogger<EmbeddedSilo> log) : IHostedService
{
    private static readonly TimeSpan Goodbye = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _stopped = new();
    private readonly List<Task> _loops = [];

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        membership.Changed += links.Follow;
        membership.Changed += _ => activations.EndMoved();
        Own("listener", listener.RunAsync, _stopped);
        Own("membership", token => membership.NotifyAsync(log.HandlerFailed, token), _stopped);
        Own("call deadlines", router.SweepAsync, _stopped);
        await JoinAsync(cancellationToken);
        membership.Announce(MemberStatus.Active);
        Own("seeds", seeds.RunAsync, _stopping);
        Own("idle collection", activations.CollectAsync, _stopping);
        var self = membership.Self;
        log.Started(self.Name, self.Address, self.Cluster, membership.Current.Members.Count(member => member is { IsAlive: true, IsLocal: false }));
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        membership.Announce(MemberStatus.ShuttingDown);
        links.Tell();
        using (var timeout = new CancellationTokenSource(options.Value.ShutdownTimeout, time))
        using (var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken))
        {
            try
            {
                await activations.EndAllAsync(either.Token);
                await router.DrainAsync(either.Token);
            }
            catch (OperationCanceledException)
            {
                log.ShutdownCut(activations.Count);
            }
        }
        membership.Announce(MemberStatus.Left);
        links.Tell();
        await LetGoAsync();
        await links.StopAsync();
        router.AbortAll();
        await _stopped.CancelAsync();
        await Task.WhenAll(_loops);
        log.Stopped(membership.Self.Name);
    }

    // The others close their connections when they know that this silo left and have their answers. Until then it passes on what they
    // still ask.
    private async Task LetGoAsync()
    {
        using var timeout = new CancellationTokenSource(Goodbye, time);
        try
        {
            await listener.EndedAsync().WaitAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            // Somebody did not hear it, and will notice when the connection is cut.
        }
    }

    private async Task JoinAsync(CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(options.Value.JoinTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            await seeds.JoinAsync(either.Token);
            links.Follow(membership.Current);
            await links.TriedAsync().WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            log.JoinCut(options.Value.JoinTimeout);
        }
    }

    private void Own(string name, Func<CancellationToken, Task> loop, CancellationTokenSource stop) => _loops.Add(Task.Run(async () =>
    {
        try
        {
            await loop(stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // That is how they end.
        }
        catch (Exception e)
        {
            // A silo without one of its loops would be half dead; better a restart.
            log.LoopFailed(e, name);
            lifetime.StopApplication();
        }
    }));
}
