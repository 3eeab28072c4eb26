using System.Collections.Immutable;
using Mesh.Interfaces.Keys;

namespace Mesh.Interfaces.Endpoints;

/// <summary>The endpoints of a service. <see cref="Version"/> is a hash of the content, as in <see cref="Exports.ExportCatalogSnapshot"/>.</summary>
/// <param name="Exists">False when the service is positively known not to exist, or not to be exported to the asker.</param>
/// <param name="Sequence">
/// Rises with every change the activation sees, so that a push overtaken by a later answer is known. No part of the version.
/// </param>
[GenerateSerializer, Immutable, Alias("mesh.EndpointSetSnapshot")]
public sealed record EndpointSetSnapshot(
    [property: Id(0)] ServiceKey Service,
    [property: Id(1)] ulong Version,
    [property: Id(2)] bool Exists,
    [property: Id(3)] ImmutableArray<EndpointPortSpec> Ports,
    [property: Id(4)] ImmutableArray<EndpointSpec> Endpoints,
    [property: Id(5)] long Sequence = 0);
