using System.Net;
using System.Net.Sockets;
using Mesh.Embedded.TestSilo.Grains;
using Mesh.Testing;

namespace Mesh.Embedded.Tests;

/// <summary>Silos as real processes, killed and started again.</summary>
public sealed class ProcessTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Kill_OneOfTwoSilosOfACluster_ItsGrainsLiveOnInTheOtherAndComeBack()
    {
        await using var cluster = await TestCluster.StartAsync("west-0");
        var seed = cluster[0].Address.Endpoint;
        var ports = FreePorts(2);
        await using var kept = await SiloProcess.StartAsync(ports[0], "east-0", seed, Cancelled);
        var killed = await SiloProcess.StartAsync(ports[1], "east-1", seed, Cancelled);
        await ActiveAsync(cluster[0], 3);
        var grains = Enumerable.Range(0, 40).Select(i => cluster[0].Grains.GetGrain<IProbeGrain>($"east/{i}")).ToArray();
        var before = await WhereAsync(grains);
        var victims = grains.Where((_, i) => before[i].Silo.Endpoint.Port == ports[1]).ToArray();
        Assert.InRange(victims.Length, 4, 36);
        var pending = victims[0].WaitForGate();
        await Eventually.Holds(async () => await victims[0].Arrived() == 1, Patience, () => "the call did not begin", Cancelled);

        await killed.KillAsync();

        // What waited cannot know whether it was carried out; what comes after is served by the other silo.
        await Assert.ThrowsAsync<SiloUnavailableException>(() => pending.WaitAsync(TimeSpan.FromSeconds(5), Cancelled));
        await Eventually.Holds(async () => await AllAtAsync(victims, ports[0]), TimeSpan.FromSeconds(5), () => "grains are not back", Cancelled);

        await killed.DisposeAsync();
        await using var restarted = await SiloProcess.StartAsync(ports[1], "east-1", seed, Cancelled);
        await ActiveAsync(cluster[0], 3);
        await Eventually.Holds(async () => await AllAtAsync(victims, ports[1]), Patience, () => "grains did not return", Cancelled);
        var again = cluster[0].Membership.Current.Members.Single(member => member.Name == "east-1");
        Assert.True(again.Address.Generation > before.First(where => where.Silo.Endpoint.Port == ports[1]).Silo.Generation);
    }

    private static Task<Whereabouts[]> WhereAsync(IEnumerable<IProbeGrain> grains) => Task.WhenAll(grains.Select(grain => grain.Where()));

    private static async Task<bool> AllAtAsync(IProbeGrain[] grains, int port)
    {
        try
        {
            return (await WhereAsync(grains)).All(where => where.Silo.Endpoint.Port == port);
        }
        catch (SiloUnavailableException)
        {
            return false;
        }
    }

    private static Task ActiveAsync(InProcessSilo silo, int count) => Eventually.Holds(
        () => silo.Active.Count == count, Patience, () => string.Join(", ", silo.Membership.Current.Members.Select(m => $"{m}")), Cancelled);

    private static int[] FreePorts(int count)
    {
        var sockets = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToArray();
        foreach (var socket in sockets)
        {
            socket.Start();
        }
        var ports = sockets.Select(socket => ((IPEndPoint)socket.LocalEndpoint).Port).ToArray();
        foreach (var socket in sockets)
        {
            socket.Stop();
        }
        return ports;
    }
}
