using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Embedded.Calls;
using Orleans.Embedded.Hosting;
using Orleans.Embedded.Membership;
using Orleans.Runtime;

namespace Orleans.Embedded.Transport;

/// <summary>One <see cref="PeerLink"/> per silo in the membership table.</summary>
internal sealed class PeerLinks(
    PeerDialer dialer, MembershipTable membership, ReferenceFactory references, IOptions<EmbeddedSiloOptions> options, TimeProvider time,
    ILogger<PeerLink> log)
{
    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<IPEndPoint, Running> _links = new();
    private readonly List<Task> _ending = [];
    private bool _stopped;

    /// <returns>The connection to exactly that generation of the silo, if there is one.</returns>
    public OutgoingPeer? Find(SiloAddress silo) =>
        _links.TryGetValue(silo.Endpoint, out var running) && running.Link.Peer is { } peer && peer.Silo.Equals(silo) ? peer : null;

    public void Wake(IPEndPoint endpoint)
    {
        if (_links.TryGetValue(endpoint, out var running))
        {
            running.Link.Wake();
        }
    }

    /// <summary>Begins a link to everybody in the table and ends those to others; then tells all what this silo knows.</summary>
    public void Follow(MembershipView view)
    {
        lock (_lock)
        {
            if (_stopped)
            {
                return;
            }
            var wanted = view.Members.Where(member => !member.IsLocal && member.Status != MemberStatus.Left)
                .Select(member => member.Address.Endpoint).ToHashSet();
            var left = view.Members.Where(member => member.Status == MemberStatus.Left)
                .Select(member => member.Address.Endpoint).ToHashSet();
            foreach (var (endpoint, running) in _links)
            {
                if (left.Contains(endpoint) && !running.Link.IsRetired)
                {
                    running.Link.Retire();
                }
                else if (!left.Contains(endpoint) && (!wanted.Contains(endpoint) || running.Link.IsRetired))
                {
                    // Nobody knows of it any more, or a new life of the silo needs a new link.
                    _links.TryRemove(endpoint, out _);
                    running.Stop.Cancel();
                    _ending.Add(running.Task);
                }
            }
            _ending.RemoveAll(task => task.IsCompleted);
            foreach (var endpoint in wanted.Where(endpoint => !_links.ContainsKey(endpoint)))
            {
                var link = new PeerLink(endpoint, dialer, membership, references, options.Value, time, log);
                var stop = new CancellationTokenSource();
                _links[endpoint] = new Running(link, stop, Task.Run(() => link.RunAsync(stop.Token)));
            }
        }
        Tell();
    }

    /// <summary>Tells everybody connected what this silo knows.</summary>
    public void Tell()
    {
        var members = membership.Gossip();
        foreach (var (_, running) in _links)
        {
            running.Link.Peer?.Tell(members);
        }
    }

    /// <summary>Waits for the first attempt of every link there is now.</summary>
    public Task TriedAsync() => Task.WhenAll(_links.Values.Select(running => running.Link.Tried));

    public async Task StopAsync()
    {
        Running[] running;
        Task[] ending;
        lock (_lock)
        {
            _stopped = true;
            running = [.. _links.Values];
            ending = [.. _ending];
            _links.Clear();
        }
        await Task.WhenAll(running.Select(link => link.Link.Peer?.FlushAsync(TimeSpan.FromSeconds(1)) ?? Task.CompletedTask));
        foreach (var link in running)
        {
            await link.Stop.CancelAsync();
        }
        await Task.WhenAll([.. running.Select(link => link.Task), .. ending]);
    }

    private sealed record Running(PeerLink Link, CancellationTokenSource Stop, Task Task);
}
