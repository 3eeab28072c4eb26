using System.Net;
using Microsoft.Extensions.Logging;
using Orleans.Embedded.Calls;
using Orleans.Embedded.Hosting;
using Orleans.Embedded.Membership;

namespace Orleans.Embedded.Transport;

/// <summary>Keeps a connection to one silo, as long as anybody knows of it.</summary>
internal sealed class PeerLink(
    IPEndPoint endpoint, PeerDialer dialer, MembershipTable membership, ReferenceFactory references, EmbeddedSiloOptions options,
    TimeProvider time, ILogger log)
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private readonly TaskCompletionSource _tried = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim _wake = new(0, 1);
    private volatile OutgoingPeer? _peer;
    private volatile bool _retired;

    public OutgoingPeer? Peer => _peer;

    /// <summary>Completes when the first attempt to connect is over, whatever came of it.</summary>
    public Task Tried => _tried.Task;

    /// <summary>Try again now: something was heard of the silo.</summary>
    public void Wake()
    {
        if (_peer is null && _wake.CurrentCount == 0)
        {
            _wake.Release();
        }
    }

    public bool IsRetired => _retired;

    /// <summary>The silo has left: end when what was asked of it is answered, and do not connect again.</summary>
    public void Retire()
    {
        _retired = true;
        _peer?.Retire();
        Wake();
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var failures = 0;
        while (!_retired && !cancellationToken.IsCancellationRequested)
        {
            string why;
            try
            {
                var wentSilent = false;
                (why, wentSilent) = await ConnectOnceAsync(cancellationToken);
                failures = 0;
                if (!wentSilent && !_retired && !cancellationToken.IsCancellationRequested)
                {
                    // It may have restarted, or only the connection broke. If it cannot be reached at once it counts as dead.
                    log.Reconnecting(endpoint, why);
                    continue;
                }
            }
            catch (Exception e)
            {
                why = e.Message;
            }
            if (_retired || cancellationToken.IsCancellationRequested)
            {
                break;
            }
            membership.Lost(endpoint, why);
            _tried.TrySetResult();
            if (failures++ == 0)
            {
                log.Unreachable(endpoint, why);
            }
            var pause = options.HeartbeatInterval * Math.Min(failures, 5);
            await WaitAsync(pause < LongestPause ? pause : LongestPause, cancellationToken);
        }
        _tried.TrySetResult();
    }

    private async Task<(string Reason, bool WentSilent)> ConnectOnceAsync(CancellationToken cancellationToken)
    {
        var (connection, greeting) = await dialer.ConnectAsync(endpoint, cancellationToken);
        var peer = new OutgoingPeer(connection, greeting.Self.Address, membership, references, options, time);
        await using (peer)
        {
            if (!greeting.Self.Address.Endpoint.Equals(endpoint))
            {
                throw new ProtocolException($"another silo answers there: {greeting.Self.Name}, known as {greeting.Self.Address}");
            }
            membership.Merge([greeting.Self, .. greeting.Members]);
            membership.Seen(greeting.Self.Address);
            _peer = peer;
            _tried.TrySetResult();
            log.Connected(endpoint, greeting.Self.Name, greeting.Self.Cluster);
            // What happened to this silo since the greeting was written, it would otherwise learn only with the next beat.
            peer.Tell(membership.Gossip());
            if (_retired)
            {
                peer.Retire();
            }
            try
            {
                return (await peer.RunAsync(cancellationToken), peer.WentSilent);
            }
            finally
            {
                _peer = null;
            }
        }
    }

    private async Task WaitAsync(TimeSpan pause, CancellationToken cancellationToken)
    {
        using var elapsed = new CancellationTokenSource(pause, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(elapsed.Token, cancellationToken);
        try
        {
            await _wake.WaitAsync(either.Token);
        }
        catch (OperationCanceledException)
        {
            // The pause is over, or the silo stops; the caller looks which.
        }
    }
}
