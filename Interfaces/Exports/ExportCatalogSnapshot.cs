using System.Collections.Immutable;
using Mesh.Interfaces.Keys;

namespace Mesh.Interfaces.Exports;

/// <summary>
/// Everything a cluster exports to one subscriber. <see cref="Version"/> is a hash of the entries: equal content has equal versions, in
/// whichever silo and after whichever restart.
/// </summary>
[GenerateSerializer, Immutable, Alias("mesh.ExportCatalogSnapshot")]
public sealed record ExportCatalogSnapshot(
    [property: Id(0)] ClusterName Cluster,
    [property: Id(1)] ulong Version,
    [property: Id(2)] ImmutableArray<ExportEntry> Entries);
