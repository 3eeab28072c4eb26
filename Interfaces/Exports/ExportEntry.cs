using Mesh.Interfaces.Keys;

namespace Mesh.Interfaces.Exports;

/// <summary>One line of an export catalog. Ask the service's <see cref="IExportedServiceGrain"/> when <see cref="ResourceVersion"/> is new.</summary>
[GenerateSerializer, Immutable, Alias("mesh.ExportEntry")]
public sealed record ExportEntry(
    [property: Id(0)] ServiceKey Service,
    [property: Id(1)] ExportMode Mode,
    [property: Id(2)] string ResourceVersion);
