using Mesh.Interfaces.Exports;
using Mesh.Interfaces.Keys;

namespace Mesh.Grains.Exports;

/// <summary>Judges the catalog of another cluster, as <see cref="Endpoints.EndpointSetGuard"/> does its endpoints.</summary>
internal static class ExportCatalogGuard
{
    /// <summary>As many mirrors one Link may make here: Kubernetes itself is tested with 10,000 services.</summary>
    public const int MaxEntries = 10_000;

    /// <param name="said">What the other cluster says.</param>
    /// <param name="asked">The cluster that was asked.</param>
    /// <param name="problem">What is wrong with it, for the log; null: nothing.</param>
    /// <returns>What of it is used, under the version it was said with; null: nothing, it is another cluster's.</returns>
    public static ExportCatalogSnapshot? Accept(ExportCatalogSnapshot said, ClusterName asked, out string? problem)
    {
        problem = null;
        if (said.Cluster != asked || said.Entries.IsDefault)
        {
            problem = $"it speaks for cluster {said.Cluster} where {asked} was asked";
            return null;
        }
        if (said.Entries.FirstOrDefault(entry => entry.Service.Cluster != asked) is { } foreign)
        {
            problem = $"it claims to export {foreign.Service}, which is not its own; such services are left out";
            said = said with { Entries = said.Entries.RemoveAll(entry => entry.Service.Cluster != asked) };
        }
        if (said.Entries.Length > MaxEntries)
        {
            problem = $"it exports {said.Entries.Length} services, of which the first {MaxEntries} are mirrored";
            said = said with { Entries = said.Entries[..MaxEntries] };
        }
        return said;
    }
}
