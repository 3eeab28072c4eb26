using System.Collections.Immutable;
using Mesh.Grains.Exports;
using Mesh.Interfaces.Exports;
using Mesh.Interfaces.Keys;

namespace Mesh.Grains.Tests.Exports;

public sealed class ExportCatalogGuardTests
{
    private static readonly ClusterName East = ClusterName.Parse("east");

    [Fact]
    public void Accept_OwnServices_AreTakenAsTheyAre()
    {
        var said = Catalog(3);
        Assert.Same(said, ExportCatalogGuard.Accept(said, East, out var problem));
        Assert.Null(problem);
    }

    [Fact]
    public void Accept_TooMany_IsBoundedUnderTheVersionItWasSaidWith()
    {
        var accepted = ExportCatalogGuard.Accept(Catalog(ExportCatalogGuard.MaxEntries + 5), East, out var problem)!;
        Assert.Equal(ExportCatalogGuard.MaxEntries, accepted.Entries.Length);
        Assert.Equal(7ul, accepted.Version);
        Assert.Contains($"{ExportCatalogGuard.MaxEntries + 5} services", problem, StringComparison.Ordinal);
    }

    private static ExportCatalogSnapshot Catalog(int entries) => new(
        East, 7, [.. Enumerable.Range(0, entries).Select(i => new ExportEntry(ServiceKey.Parse($"east/n/s{i}"), ExportMode.RemoteDiscovery, "1"))]);
}
