using System.Collections.Immutable;
using Mesh.Grains.Links;
using Mesh.Grains.Observed;
using Mesh.Grains.Selection;
using Mesh.Grains.Versions;
using Mesh.Interfaces.Exports;
using Mesh.Interfaces.Keys;
using Mesh.Interfaces.Links;

namespace Mesh.Grains.Exports;

/// <summary>Which services of a cluster the selectors of a Link export.</summary>
internal static class ExportCatalogPlanner
{
    /// <summary>The catalog for one subscriber, its entries in order of namespace and name. The sequence is left 0.</summary>
    public static ExportCatalogSnapshot Plan(ClusterName cluster, IEnumerable<ObservedService> services, ExportSelectors selectors)
    {
        var entries = services
            .Where(service => IsExported(service, selectors))
            .OrderBy(service => service.Namespace, StringComparer.Ordinal)
            .ThenBy(service => service.Name, StringComparer.Ordinal)
            .Select(service => new ExportEntry(
                new ServiceKey(cluster, service.Namespace, service.Name), ExportMode.RemoteDiscovery, service.ResourceVersion))
            .ToImmutableArray();
        return new ExportCatalogSnapshot(cluster, Version(cluster, selectors, entries), entries);
    }

    /// <summary>
    /// True when the service is selected. Two kinds never are: a mirror, whose pods live elsewhere and are exported from there, and an
    /// ExternalName, which has no pods to discover.
    /// </summary>
    public static bool IsExported(ObservedService service, ExportSelectors selectors) =>
        service.Type != "ExternalName"
        && !service.Labels.ContainsKey(MirrorLabels.MirroredService)
        && LabelSelector.Exports(selectors.RemoteDiscovery, service.Labels);

    /// <summary>
    /// The version of a catalog. The selectors are part of it, so that a subscriber whose selectors have just changed can tell a
    /// catalog made for the earlier ones from its own.
    /// </summary>
    public static ulong Version(ClusterName cluster, ExportSelectors selectors, ImmutableArray<ExportEntry> entries)
    {
        var hash = new ContentHash();
        hash.Add(cluster.Value);
        AddSelector(ref hash, selectors.RemoteDiscovery);
        hash.Add(entries.Length);
        foreach (var entry in entries)
        {
            hash.Add(entry.Service.ToString());
            hash.Add((int)entry.Mode);
            hash.Add(entry.ResourceVersion);
        }
        return hash.Value;
    }

    private static void AddSelector(ref ContentHash hash, LabelSelectorSpec? selector)
    {
        hash.Add(selector is null ? 0 : 1);
        if (selector is null)
        {
            return;
        }
        hash.Add(selector.MatchLabels.Count);
        foreach (var (key, value) in selector.MatchLabels)
        {
            hash.Add(key);
            hash.Add(value);
        }
        foreach (var expression in selector.MatchExpressions.IsDefault ? [] : selector.MatchExpressions)
        {
            hash.Add(expression.Key);
            hash.Add(expression.Operator);
            foreach (var value in expression.Values.IsDefault ? [] : expression.Values)
            {
                hash.Add(value);
            }
        }
    }
}
