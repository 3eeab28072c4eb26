using System.Text.Json;
using Mesh.Kubernetes;
using Mesh.Kubernetes.Configuration;
using Mesh.Kubernetes.Serialization;
using Mesh.Membership.Tests.Harness;
using Mesh.Silo.Membership;
using Mesh.Testing;
using Microsoft.AspNetCore.Http;

namespace Mesh.Membership.Tests;

public sealed class SiloTableOutageTests : IAsyncLifetime
{
    private MeshCluster _cluster = null!;
    private Relay _relay = null!;
    private FixedHome _home = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _cluster = await MeshCluster.StartAsync();
        _relay = new Relay(_cluster.Address);
        var token = new FixedToken(await _cluster.TokenAsync());
        _home = new FixedHome(_cluster.Client(c => c with { Token = token }, _relay.Address));
    }

    public async ValueTask DisposeAsync()
    {
        await _relay.DisposeAsync();
        await _cluster.DisposeAsync();
    }

    [Fact]
    public async Task Read_ApiIsAwayAndComesBack_FailsAndThenWorks()
    {
        var table = MeshCluster.Table(_home);
        Assert.Equal(0, (await table.ReadAsync(Cancelled)).Version);
        Assert.Null(_home.Reports[^1]);
        await _relay.CloseAsync();
        await Assert.ThrowsAsync<HttpRequestException>(() => table.ReadAsync(Cancelled));
        Assert.Contains("refused", _home.Reports[^1]);
        _relay.Open();
        Assert.Equal(0, (await table.ReadAsync(Cancelled)).Version);
        Assert.Null(_home.Reports[^1]);
    }

    [Fact]
    public async Task Read_ApiDoesNotAnswer_FailsAfterTheTimeLimit()
    {
        var time = new ManualTimeProvider();
        var table = MeshCluster.Table(_home, time);
        await table.ReadAsync(Cancelled);
        _relay.Freeze();
        var reading = table.ReadAsync(Cancelled);
        await Eventually.Holds(
            () =>
            {
                time.Advance(SiloTable.CallTimeout);
                return reading.IsCompleted;
            },
            TimeSpan.FromSeconds(15), () => "still reading", Cancelled);
        var error = await Assert.ThrowsAsync<TimeoutException>(() => reading);
        Assert.Contains("did not answer within 10 s", error.Message);
        Assert.Equal(error.Message, _home.Reports[^1]);
    }

    [Fact]
    public async Task Read_CallerGivesUp_IsNoProblemOfTheHome()
    {
        var table = MeshCluster.Table(_home);
        await table.ReadAsync(Cancelled);
        _relay.Freeze();
        using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => table.ReadAsync(patience.Token));
        Assert.All(_home.Reports, Assert.Null);
    }

    [Fact]
    public async Task Update_ApiIsAway_ChangesNothing()
    {
        var table = MeshCluster.Table(_home);
        var before = await table.ReadAsync(Cancelled);
        await _relay.CloseAsync();
        await Assert.ThrowsAsync<HttpRequestException>(() => table.InsertAsync(Rows.Silo(0), 1, before.Etag, Cancelled));
        await Assert.ThrowsAsync<HttpRequestException>(() => table.HeartbeatAsync(SiloRowName.Of(Rows.Silo(0)), Rows.Started, Cancelled));
        _relay.Open();
        Assert.Equal((0, before.Etag), ((await table.ReadAsync(Cancelled)).Version, (await table.ReadAsync(Cancelled)).Etag));
    }

    [Fact]
    public async Task Read_PagesExpireOnTheWay_IsTheWholeTableAllTheSame()
    {
        await using var api = await FakeApiServer.StartAsync();
        const string Objects = "GET /apis/membership.mesh-orleans.io/v1alpha1/namespaces/mesh-system/";
        var rows = Enumerable.Range(0, 3).Select(i => Row(i, 1 + i)).ToArray();
        api.On(Objects + "orleansclusters/mesh-orleans", """{"metadata":{"name":"mesh-orleans","resourceVersion":"9"},"spec":{"version":3}}""");
        api.On(Objects + "orleanssilos", context =>
        {
            var query = context.Request.Query;
            context.Response.ContentType = "application/json";
            context.Response.StatusCode = query.ContainsKey("continue") ? 410 : 200;
            return context.Response.WriteAsync(
                query.ContainsKey("continue") ? """{"kind":"Status","reason":"Expired","code":410,"message":"too old"}"""
                : query.ContainsKey("limit") ? $$"""{"metadata":{"continue":"more"},"items":[{{rows[0]}}]}"""
                : $$"""{"items":[{{string.Join(',', rows)}}]}""");
        });
        using var client = new KubernetesClient(new ClusterConnection(api.Address));
        var snapshot = await MeshCluster.Table(new FixedHome(client)).ReadAsync(Cancelled);
        Assert.Equal((3, "9", 3), (snapshot.Version, snapshot.Etag, snapshot.Rows.Length));

        static string Row(int number, int version) => $$"""
            {"metadata":{"name":"{{SiloRowName.Of(Rows.Silo(number))}}"},
             "spec":{{JsonSerializer.Serialize(Rows.Silo(number) with { Version = version }, KubernetesJson.Options)}} }
            """;
    }
}
