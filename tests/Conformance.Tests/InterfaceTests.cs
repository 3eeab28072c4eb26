using Mesh.Interfaces.Links;
using Mesh.Silo.Hosting;

namespace Mesh.Conformance.Tests;

/// <summary>The mesh's own grain interfaces.</summary>
public sealed class InterfaceTests
{
    public static TheoryData<Type> Interfaces =>
    [
        .. new[] { typeof(ILinkGrain).Assembly, typeof(ISiloMembers).Assembly }.SelectMany(assembly => assembly.GetTypes())
            .Where(type => type.IsInterface && typeof(IGrainWithStringKey).IsAssignableFrom(type)),
    ];

    // An engine refuses an interface with a method that takes or returns something that cannot travel.
    [Fact]
    public async Task Reference_OfEveryInterface_CanBeMade()
    {
        await using var cluster = await TestCluster.StartAsync("east-0");
        Assert.True(Interfaces.Count() >= 8);
        Assert.All(Interfaces, type => Assert.NotNull(cluster[0].Grains.GetGrain(type.Data, "east/x")));
    }
}
