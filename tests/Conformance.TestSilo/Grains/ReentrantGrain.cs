using Orleans.Concurrency;

namespace Mesh.Conformance.TestSilo.Grains;

[Reentrant]
public sealed class ReentrantGrain : Grain, IReentrantGrain
{
    public async Task<int> Recurse(int depth) =>
        depth == 0 ? 0 : 1 + await GrainFactory.GetGrain<IReentrantGrain>(this.GetPrimaryKey()).Recurse(depth - 1);
}
