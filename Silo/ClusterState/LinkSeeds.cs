using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using Mesh.Kubernetes.Informers;
using Mesh.Kubernetes.Resources;
using Mesh.Silo.ClusterState.Mapping;
using Mesh.Silo.Configuration;

namespace Mesh.Silo.ClusterState;

/// <summary>The addresses of other clusters' silos that this cluster's Links carry. What is no address is left out and logged.</summary>
internal sealed partial class LinkSeeds(ILogger<LinkSeeds> logger)
{
    private readonly ConcurrentDictionary<(string Namespace, string Name), ImmutableArray<IPEndPoint>> _links = [];

    public IReadOnlyList<IPEndPoint> Current => [.. _links.Values.SelectMany(s => s).Distinct()];

    /// <summary>Called for every change of a Link.</summary>
    public void Take(ResourceChange<Link> change)
    {
        var key = (change.Current.Metadata.Namespace ?? "", change.Current.Metadata.Name);
        if (change.New is not { } link)
        {
            _links.TryRemove(key, out _);
            return;
        }
        var found = ImmutableArray.CreateBuilder<IPEndPoint>();
        foreach (var text in SiloOptionsValidator.Split(link.Metadata.Annotations.GetValueOrDefault(LinkMapping.Seeds) ?? ""))
        {
            if (IPEndPoint.TryParse(text, out var address) && address.Port > 0)
            {
                found.Add(address);
            }
            else
            {
                LogNoAddress(key.Item1, key.Item2, LinkMapping.Seeds, text);
            }
        }
        _links[key] = found.ToImmutable();
    }

    [LoggerMessage(
        3010, LogLevel.Warning, "Link {Namespace}/{Name}: '{Text}' in its annotation {Annotation} is no address:port. Make the "
            + "Link anew with 'mesh multicluster link'.")]
    private partial void LogNoAddress(string @namespace, string name, string annotation, string text);
}
