using Mesh.Grains.Placement;

namespace Mesh.Conformance.TestSilo.Grains;

[HomeCluster]
public sealed class UnmarkedGrain : Grain, IUnmarkedGrain
{
    public Task Take(UnmarkedRecord value) => Task.CompletedTask;
}
