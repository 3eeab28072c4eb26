using System.Text;
using Mesh.Kubernetes;
using Mesh.Kubernetes.Resources;
using Mesh.Membership.Tests.Harness;
using Mesh.Silo.Membership;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mesh.Membership.Tests;

public sealed class MembershipHomeTests : IAsyncLifetime
{
    private MeshCluster _east = null!;
    private MeshCluster _west = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _east = await MeshCluster.StartAsync("east");
        _west = await MeshCluster.StartAsync("west");
    }

    public async ValueTask DisposeAsync()
    {
        await _west.DisposeAsync();
        await _east.DisposeAsync();
    }

    [Fact]
    public async Task Missing_NoSecret_IsTheClusterItself()
    {
        using var home = await HomeAsync();
        Assert.Null(await home.MissingAsync(Cancelled));
        Assert.Equal("west", home.Cluster);
        Assert.Null(home.Credentials);
        await InsertAsync(home, 0);
        Assert.NotNull(await _west.SiloAsync(Rows.Silo(0)));
    }

    [Fact]
    public async Task Missing_Joined_IsTheOtherCluster()
    {
        await _west.JoinAsync(_east);
        using var home = await HomeAsync();
        Assert.Null(await home.MissingAsync(Cancelled));
        Assert.Equal("east", home.Cluster);
        await InsertAsync(home, 0);
        Assert.NotNull(await _east.SiloAsync(Rows.Silo(0)));
        Assert.Null(await _west.SiloAsync(Rows.Silo(0)));
    }

    [Fact]
    public async Task Missing_HomeIsAway_SaysSoUntilItIsBack()
    {
        await using var relay = new Relay(_east.Address);
        await _west.JoinAsync(_east, address: relay.Address);
        await relay.CloseAsync();
        using var home = await HomeAsync();
        var missing = await home.MissingAsync(Cancelled);
        Assert.Contains("kept in east", missing);
        Assert.Contains("cannot be reached: Connection refused", missing);
        relay.Open();
        Assert.Null(await home.MissingAsync(Cancelled));
    }

    [Fact]
    public async Task Missing_OwnApiIsAway_SaysSo()
    {
        await using var relay = new Relay(_west.Address);
        var own = _west.Client(c => c, relay.Address);
        await relay.CloseAsync();
        using var home = Home(own);
        Assert.Contains("this cluster's API server cannot be asked", await home.MissingAsync(Cancelled));
        Assert.Throws<InvalidOperationException>(() => home.Connection);
    }

    [Fact]
    public async Task Missing_TokenIsRevoked_SaysToJoinAgain()
    {
        await _west.JoinAsync(_east);
        await _east.Admin.DeleteAsync<ServiceAccount>(MeshCluster.Namespace, MeshCluster.Account, null, Cancelled);
        using var home = await HomeAsync();
        Assert.Contains("has expired or was revoked. Join again: `mesh --context <this> multicluster install", await home.MissingAsync(Cancelled));
    }

    [Fact]
    public async Task Missing_AccountMayNot_SaysToInstallThere()
    {
        await _west.JoinAsync(_east, await _east.TokenAsync("mesh-viz"));
        using var home = await HomeAsync();
        var missing = await home.MissingAsync(Cancelled);
        Assert.Contains("orleansclusters", missing);
        Assert.Contains("Run `mesh multicluster install` for that cluster again", missing);
    }

    [Fact]
    public async Task Missing_DefinitionsAreNotInstalled_SaysToInstallThem()
    {
        await using var north = await MeshCluster.StartAsync("north", definitions: false);
        using var home = new MembershipHome(
            await north.ClientOfAsync("mesh-silo"), north.Options, TimeProvider.System, NullLogger<MembershipHome>.Instance);
        Assert.Contains("mesh install --crds", await home.MissingAsync(Cancelled));
        await north.DefineAsync();
        Assert.Null(await home.MissingAsync(Cancelled));
    }

    [Fact]
    public async Task Missing_JoinedItself_IsRefused()
    {
        await _west.JoinAsync(_west);
        using var home = await HomeAsync();
        Assert.Contains("west, has joined itself", await home.MissingAsync(Cancelled));
    }

    [Theory]
    [InlineData("token", null, "it has no token")]
    [InlineData("server", "east:6443", "its server is not an https address")]
    [InlineData("ca.crt", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "its ca.crt is not a PEM certificate")]
    public async Task Missing_SecretIsBroken_SaysWhatIsWrongWithIt(string key, string? value, string expected)
    {
        var secret = await _west.JoinAsync(_east);
        var data = secret.Data.Where(d => d.Key != key).ToDictionary();
        if (value is not null)
        {
            data[key] = Encoding.UTF8.GetBytes(value);
        }
        await _west.Admin.ReplaceAsync(secret with { Data = data }, Cancelled);
        using var home = await HomeAsync();
        var missing = await home.MissingAsync(Cancelled);
        Assert.Contains(expected, missing);
        Assert.Contains("Make it again: `mesh", missing);
    }

    [Fact]
    public async Task Take_OtherAddressOfTheSameHome_IsUsedFromThenOn()
    {
        await using var relay = new Relay(_east.Address);
        var secret = await _west.JoinAsync(_east);
        using var home = await HomeAsync();
        Assert.Null(await home.MissingAsync(Cancelled));
        home.Take(HomeCredentials.Read(secret) with { Server = relay.Address });
        Assert.Equal(relay.Address, home.Connection.Client.Server);
        await InsertAsync(home, 0);
        await relay.CloseAsync();
        await Assert.ThrowsAsync<HttpRequestException>(() => MeshCluster.Table(home).ReadAsync(Cancelled));
        Assert.Contains("refused", home.Problem);
    }

    private static async Task InsertAsync(MembershipHome home, int silo)
    {
        var table = MeshCluster.Table(home);
        var before = await table.ReadAsync(Cancelled);
        Assert.True(await table.InsertAsync(Rows.Silo(silo), before.Version + 1, before.Etag, Cancelled));
    }

    // As a silo of west may.
    private async Task<MembershipHome> HomeAsync() => Home(await _west.ClientOfAsync("mesh-silo"));

    private MembershipHome Home(KubernetesClient own) => new(own, _west.Options, TimeProvider.System, NullLogger<MembershipHome>.Instance);
}
