using Mesh.Conformance.TestSilo;
using Mesh.Conformance.TestSilo.Grains;
using Mesh.Testing;

namespace Mesh.Conformance.Tests;

/// <summary>Silos as real processes, killed and started again.</summary>
public sealed class ProcessTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Kill_OneOfTwoSilosOfACluster_ItsGrainsLiveOnInTheOther()
    {
        await using var cluster = await TestCluster.StartAsync("west-0");
        var (keptAt, killedAt) = (TestSiloSpec.FreePort(), TestSiloSpec.FreePort());
        await using var kept = await SiloProcess.StartAsync(new TestSiloSpec(cluster.Meeting, "east-0", keptAt), Cancelled);
        var killed = await SiloProcess.StartAsync(new TestSiloSpec(cluster.Meeting, "east-1", killedAt), Cancelled);
        await AliveAsync(cluster[0], 3);
        var grains = Enumerable.Range(0, 60).Select(i => cluster[0].Grains.GetGrain<IProbeGrain>($"east/{i}")).ToArray();
        var before = await WhereAsync(grains);
        var victims = grains.Where((_, i) => before[i].Silo.Endpoint.Port == killedAt).ToArray();
        Assert.NotEmpty(victims);
        var pending = victims[0].WaitForGate();
        await Eventually.Holds(async () => await victims[0].Arrived() == 1, Patience, () => "the call did not begin", Cancelled);

        await killed.KillAsync();

        // What waited cannot know whether it was carried out; what comes after is served by the other silo.
        await Assert.ThrowsAsync<SiloUnavailableException>(() => pending.WaitAsync(Patience, Cancelled));
        await Eventually.Holds(async () => await AllAtAsync(victims, keptAt), Patience, () => "grains are not back", Cancelled);
        await AliveAsync(cluster[0], 2);

        await killed.DisposeAsync();
        await using var restarted = await SiloProcess.StartAsync(new TestSiloSpec(cluster.Meeting, "east-1", killedAt), Cancelled);
        await AliveAsync(cluster[0], 3);
        Assert.All(await WhereAsync(grains), where => Assert.Contains(where.Silo.Endpoint.Port, (int[])[keptAt, killedAt]));
    }

    private static Task<Whereabouts[]> WhereAsync(IEnumerable<IProbeGrain> grains) => Task.WhenAll(grains.Select(grain => grain.Where()));

    private static async Task<bool> AllAtAsync(IProbeGrain[] grains, int port)
    {
        try
        {
            return (await WhereAsync(grains)).All(where => where.Silo.Endpoint.Port == port);
        }
        catch (Exception e) when (e is OrleansException or TimeoutException)
        {
            return false;
        }
    }

    private static Task AliveAsync(InProcessSilo silo, int count) => Eventually.Holds(
        () => silo.Alive.Count == count, Patience, () => string.Join(", ", silo.Members.Select(m => $"{m}")), Cancelled);
}
