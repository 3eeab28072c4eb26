using Mesh.Conformance.TestSilo.Grains;
using Mesh.Testing;

namespace Mesh.Conformance.Tests.Partitions;

/// <summary>A cut between clusters that lasts longer than any silo is waited for.</summary>
public sealed class PartitionTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Cut_BetweenClusters_EachGoesOnNobodyIsEvictedAndAllIsRightAfterwards()
    {
        var path = new CuttablePath();
        await using var cluster = new TestCluster();
        foreach (var name in (string[])["east-0", "east-1", "west-0", "west-1"])
        {
            await path.AddAsync(cluster, name);
        }
        await cluster.SettleAsync();
        var before = cluster.Silos.Select(silo => silo.Address).ToArray();
        var old = new Dictionary<string, Whereabouts>();
        for (var i = 0; i < 20; i++)
        {
            foreach (var key in (string[])[$"east/old-{i}", $"west/old-{i}"])
            {
                old[key] = await cluster[i % 4].Grains.GetGrain<IProbeGrain>(key).Where();
            }
        }

        path.Cut = true;
        await Eventually.Holds(() => cluster.Silos.All(silo => silo.Alive.Count == 2), Patience, cluster.Describe, Cancelled);

        // Old grains are found where they were, new ones are activated, on both sides.
        for (var i = 0; i < 40; i++)
        {
            var (silo, home) = (cluster[i % 4], i % 4 < 2 ? "east" : "west");
            if (i < 20)
            {
                Assert.Equal(old[$"{home}/old-{i}"], await silo.Grains.GetGrain<IProbeGrain>($"{home}/old-{i}").Where().WaitAsync(Patience, Cancelled));
            }
            Assert.Equal(1, await silo.Grains.GetGrain<IProbeGrain>($"{home}/new-{i}").Increment().WaitAsync(Patience, Cancelled));
        }
        // Who asks across is told soon.
        var began = TimeProvider.System.GetTimestamp();
        await Assert.ThrowsAsync<SiloUnavailableException>(() => cluster[0].Grains.GetGrain<IProbeGrain>("west/never-asked").Where());
        Assert.True(TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(2));

        path.Cut = false;
        await cluster.SettleAsync();
        Assert.Equal(before, cluster.Silos.Select(silo => silo.Address));
        foreach (var (key, where) in old)
        {
            Assert.Equal(where, await cluster[0].Grains.GetGrain<IProbeGrain>(key).Where());
            Assert.Equal(where, await cluster[3].Grains.GetGrain<IProbeGrain>(key).Where());
        }
    }

    [Fact]
    public async Task Cut_SiloStarts_JoinsItsOwnCluster()
    {
        var path = new CuttablePath();
        await using var cluster = new TestCluster();
        await path.AddAsync(cluster, "east-0");
        await path.AddAsync(cluster, "west-0");
        await cluster.SettleAsync();
        path.Cut = true;
        await Eventually.Holds(() => cluster.Silos.All(silo => silo.Alive.Count == 1), Patience, cluster.Describe, Cancelled);

        var late = await path.AddAsync(cluster, "west-1").WaitAsync(Patience, Cancelled);

        await Eventually.Holds(() => late.Alive.Count == 2 && cluster[1].Alive.Count == 2, Patience, cluster.Describe, Cancelled);
        Assert.Equal(1, await late.Grains.GetGrain<IProbeGrain>("west/x").Increment().WaitAsync(Patience, Cancelled));
        path.Cut = false;
        await cluster.SettleAsync();
    }
}
