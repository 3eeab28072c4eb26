using System.Collections.Immutable;
using Mesh.Grains.Placement;
using Mesh.Interfaces.Nodes;

namespace Mesh.Silo.NodeSessions;

/// <inheritdoc cref="INodeSessionsGrain"/>
[HomeCluster]
internal sealed class NodeSessionsGrain(TimeProvider time) : Grain, INodeSessionsGrain
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(10);

    private readonly Dictionary<string, (ImmutableArray<string> Nodes, long At)> _silos = new(StringComparer.Ordinal);

    public Task Report(string silo, ImmutableArray<string> nodes)
    {
        _silos[silo] = (nodes, time.GetTimestamp());
        return Task.CompletedTask;
    }

    public Task<ImmutableArray<string>> List()
    {
        foreach (var gone in _silos.Where(s => time.GetElapsedTime(s.Value.At) > Lifetime).Select(s => s.Key).ToArray())
        {
            _silos.Remove(gone);
        }
        return Task.FromResult<ImmutableArray<string>>(
            [.. _silos.Values.SelectMany(s => s.Nodes).Distinct().Order(StringComparer.Ordinal)]);
    }
}
