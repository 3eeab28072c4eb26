using System.Net;
using System.Net.Sockets;
using Mesh.Kubernetes.Resources;
using Mesh.Membership.Tests.Harness;
using Mesh.Silo.Membership;
using Mesh.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;

namespace Mesh.Membership.Tests.Orleans;

/// <summary>Orleans itself on the table: silos on loopback ports that join, leave and are missed.</summary>
public sealed class SilosTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly List<IHost> _hosts = [];
    private MeshCluster _east = null!;
    private MeshCluster _west = null!;
    private Relay _relay = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _east = await MeshCluster.StartAsync("east");
        _west = await MeshCluster.StartAsync("west");
        _relay = new Relay(_east.Address);
        await _west.JoinAsync(_east, address: _relay.Address);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts)
        {
            await host.StopAsync(new CancellationToken(true));
            host.Dispose();
        }
        // After the silos: one that cannot say goodbye tries for minutes.
        await _relay.DisposeAsync();
        await _west.DisposeAsync();
        await _east.DisposeAsync();
    }

    [Fact]
    public async Task Silos_OfTheHomeAndOfAClusterThatJoinedIt_AreOneOrleansCluster()
    {
        var east = await StartAsync(_east, "east/mesh-silo-0");
        var west = await StartAsync(_west, "west/mesh-silo-0");
        await SeesAsync(east, "east/mesh-silo-0", "west/mesh-silo-0");
        await SeesAsync(west, "east/mesh-silo-0", "west/mesh-silo-0");
        var rows = (await _east.Admin.ListAsync<OrleansSilo>(MeshCluster.Namespace, null, Cancelled)).Items;
        Assert.Equal(
            [("east", "Active"), ("west", "Active")], rows.Select(r => (r.Spec.Cluster!, r.Spec.Status!)).Order());
        Assert.Empty((await _west.Admin.ListAsync<OrleansSilo>(MeshCluster.Namespace, null, Cancelled)).Items);

        await west.StopAsync(Cancelled);
        await SeesAsync(east, "east/mesh-silo-0");
        await StartAsync(_west, "west/mesh-silo-0");
        await SeesAsync(east, "east/mesh-silo-0", "west/mesh-silo-0");
    }

    [Fact]
    public async Task Silos_HomeIsAwayForAWhile_StayTogetherAndTakeNewOnesAfterwards()
    {
        var one = await StartAsync(_west, "west/mesh-silo-0");
        var other = await StartAsync(_west, "west/mesh-silo-1");
        await SeesAsync(one, "west/mesh-silo-0", "west/mesh-silo-1");
        await _relay.CloseAsync();
        var home = one.Services.GetRequiredService<MembershipHome>();
        await Eventually.Holds(() => home.Problem is not null, Patience, () => "nobody misses the home", Cancelled);
        await SeesAsync(one, "west/mesh-silo-0", "west/mesh-silo-1");
        await SeesAsync(other, "west/mesh-silo-0", "west/mesh-silo-1");
        _relay.Open();
        await Eventually.Holds(() => home.Problem is null, Patience, () => home.Problem ?? "", Cancelled);
        await StartAsync(_west, "west/mesh-silo-2");
        await SeesAsync(one, "west/mesh-silo-0", "west/mesh-silo-1", "west/mesh-silo-2");
    }

    private async Task<IHost> StartAsync(MeshCluster cluster, string name)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(await cluster.ClientOfAsync("mesh-silo"));
        builder.Services.AddSingleton(cluster.Options);
        builder.UseOrleans(silo => silo
            .UseKubernetesMembership()
            .Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = ("mesh-orleans", "mesh-orleans"))
            .Configure<SiloOptions>(options => options.SiloName = name)
            .Configure<ClusterMembershipOptions>(options =>
            {
                options.TableRefreshTimeout = TimeSpan.FromSeconds(1);
                options.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(1);
            })
            .ConfigureEndpoints(IPAddress.Loopback, FreePort(), 0));
        var host = builder.Build();
        _hosts.Add(host);
        await host.StartAsync(Cancelled);
        return host;
    }

    private static async Task SeesAsync(IHost host, params string[] expected)
    {
        var members = host.Services.GetRequiredService<IClusterMembershipService>();
        await Eventually.Holds(
            () => Active().SequenceEqual(expected), Patience, () => $"sees {string.Join(", ", Active())}", Cancelled);

        IEnumerable<string> Active() =>
            members.CurrentSnapshot.Members.Values.Where(m => m.Status == SiloStatus.Active).Select(m => m.Name).Order(StringComparer.Ordinal);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
