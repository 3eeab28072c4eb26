using System.Collections.Immutable;
using Mesh.Interfaces.Keys;

namespace Mesh.Interfaces.Exports;

/// <summary>
/// Everything a cluster exports to one subscriber. <see cref="Version"/> is a hash of the entries: equal content has equal versions, in
/// whichever silo and after whichever restart.
/// </summary>
/// <param name="Sequence">
/// Rises with every change the activation sees, so that a push overtaken by a later answer is known. No part of the version.
/// </param>
[GenerateSerializer, Immutable, Alias("mesh.ExportCatalogSnapshot")]
public sealed record ExportCatalogSnapshot(
    [property: Id(0)] ClusterName Cluster,
    [property: Id(1)] ulong Version,
    [property: Id(2)] ImmutableArray<ExportEntry> Entries,
    [property: Id(3)] long Sequence = 0);
