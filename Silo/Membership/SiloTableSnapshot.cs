using System.Collections.Immutable;
using Mesh.Kubernetes.Resources;

namespace Mesh.Silo.Membership;

/// <summary>The membership table as it was at one moment.</summary>
/// <param name="Version">How many changes had been made.</param>
/// <param name="Etag">To be given back with the next change, which fails when the table has changed since.</param>
/// <param name="Rows">The silos, those that are dead included, in no order.</param>
internal sealed record SiloTableSnapshot(int Version, string Etag, ImmutableArray<OrleansSiloSpec> Rows);
