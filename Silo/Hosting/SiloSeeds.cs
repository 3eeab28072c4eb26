using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Mesh.Silo.ClusterState;
using Mesh.Silo.Configuration;

namespace Mesh.Silo.Hosting;

/// <summary>
/// Where silos to join may be: this cluster's, by the DNS name of their headless Service; those of other clusters, by the Links' seeds;
/// and all that were known last, by the ConfigMap. An address that is nobody's, or somebody else's, does no harm: only a silo's certificate
/// lets it in.
/// </summary>
internal sealed partial class SiloSeeds(
    SiloOptions options, LinkSeeds links, MembersConfigMap members, TimeProvider time, ILogger<SiloSeeds> logger)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    // It changes rarely, and silos that answer tell of all others.
    private static readonly TimeSpan ListLifetime = TimeSpan.FromSeconds(30);

    private ImmutableArray<IPEndPoint> _lastKnown = [];
    private long? _lastRead;

    /// <summary>Asks all sources; one that fails is left out. Without the silo's own address. Not for concurrent calls.</summary>
    public async Task<IReadOnlyList<IPEndPoint>> FindAsync(CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        var known = LastKnownAsync(patience.Token);
        var own = OwnClusterAsync(patience.Token);
        await Task.WhenAll(known, own);
        cancellationToken.ThrowIfCancellationRequested();
        var self = new IPEndPoint(IPAddress.Parse(options.PodIp), options.SiloPort);
        return
        [
            .. SiloOptionsValidator.Split(options.Seeds).Select(IPEndPoint.Parse)
                .Concat(await own)
                .Concat(links.Current)
                .Concat(await known)
                .Where(e => !e.Equals(self))
                .Distinct(),
        ];
    }

    private async Task<ImmutableArray<IPEndPoint>> LastKnownAsync(CancellationToken cancellationToken)
    {
        if (_lastRead is { } at && time.GetElapsedTime(at) < ListLifetime)
        {
            return _lastKnown;
        }
        try
        {
            if (await members.ReadAsync(cancellationToken) is { } read)
            {
                (_lastKnown, _lastRead) = (read, time.GetTimestamp());
            }
        }
        catch (OperationCanceledException)
        {
            // What was read before is better than nothing; the next call tries again.
        }
        return _lastKnown;
    }

    private async Task<IReadOnlyList<IPEndPoint>> OwnClusterAsync(CancellationToken cancellationToken)
    {
        // A dot at the end: the resolver's search list must not be tried, it would be slow and could find something else.
        var name = $"mesh-silo.{options.PodNamespace}.svc.{options.ClusterDomain}.";
        try
        {
            var addresses = await Dns.GetHostAddressesAsync(name, cancellationToken);
            return [.. addresses.Select(a => new IPEndPoint(a, options.SiloPort))];
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            LogUnresolved(name, e.Message);
            return [];
        }
    }

    [LoggerMessage(6020, LogLevel.Debug, "Cannot resolve {Name}; the cluster's other silos must be found in another way. {Problem}")]
    private partial void LogUnresolved(string name, string problem);
}
