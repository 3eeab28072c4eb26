using Mesh.Grains.Placement;

namespace Mesh.Conformance.TestSilo.Grains;

[HomeCluster]
public sealed class ReachedGrain : Grain, IReachedGrain
{
    public Task Reach() => Task.CompletedTask;
}
