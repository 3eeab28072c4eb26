using System.Diagnostics.Metrics;
using System.Text;
using Mesh.Interfaces.Membership;
using Mesh.Kubernetes.Tokens;
using Mesh.Membership.Tests.Harness;
using Mesh.Silo.Membership;
using Mesh.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mesh.Membership.Tests;

public sealed class HomeWatchTests : IAsyncLifetime
{
    private readonly ManualTimeProvider _time = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly List<IDisposable> _owned = [];
    private MeshCluster _east = null!;
    private MeshCluster _west = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        // Certificates are checked against the clock, so the manual one begins now.
        _time.Advance(TimeProvider.System.GetUtcNow() - _time.GetUtcNow());
        _east = await MeshCluster.StartAsync("east", _time);
        _west = await MeshCluster.StartAsync("west", _time);
    }

    public async ValueTask DisposeAsync()
    {
        _owned.ForEach(o => o.Dispose());
        await _services.DisposeAsync();
        await _west.DisposeAsync();
        await _east.DisposeAsync();
    }

    [Fact]
    public async Task Tend_NothingChanges_GoesOn()
    {
        var own = await SiloAsync();
        Assert.True(await own.Watch.TendAsync(Cancelled));
        await _west.JoinAsync(_east);
        var joined = await SiloAsync();
        Assert.True(await joined.Watch.TendAsync(Cancelled));
        Assert.False(own.Ended || joined.Ended);
    }

    [Fact]
    public async Task Tend_ClusterJoinsAnother_EndsTheSilo()
    {
        var silo = await SiloAsync();
        await _west.JoinAsync(_east);
        Assert.False(await silo.Watch.TendAsync(Cancelled));
        Assert.True(silo.Ended);
    }

    [Fact]
    public async Task Tend_ClusterLeaves_EndsTheSilo()
    {
        await _west.JoinAsync(_east);
        var silo = await SiloAsync();
        await _west.LeaveAsync();
        Assert.False(await silo.Watch.TendAsync(Cancelled));
        Assert.True(silo.Ended);
    }

    [Fact]
    public async Task Tend_ClusterJoinsAnotherHome_EndsTheSilo()
    {
        await using var north = await MeshCluster.StartAsync("north", _time);
        await _west.JoinAsync(_east);
        var silo = await SiloAsync();
        await _west.JoinAsync(north);
        Assert.False(await silo.Watch.TendAsync(Cancelled));
        Assert.True(silo.Ended);
    }

    [Fact]
    public async Task Tend_NewTokenForTheSameHome_IsTakenWithoutARestart()
    {
        await _west.JoinAsync(_east);
        var silo = await SiloAsync();
        var token = await _east.TokenAsync(life: TimeSpan.FromDays(2));
        await _west.JoinAsync(_east, token);
        Assert.True(await silo.Watch.TendAsync(Cancelled));
        Assert.False(silo.Ended);
        Assert.Equal(token, silo.Home.Credentials!.Token);
        _time.Advance(TimeSpan.FromDays(1.1));
        await MeshCluster.Table(silo.Home).ReadAsync(Cancelled);
    }

    [Fact]
    public async Task Tend_SecretCannotBeUsed_GoesOnWithTheLast()
    {
        var secret = await _west.JoinAsync(_east);
        var silo = await SiloAsync();
        await _west.Admin.ReplaceAsync(secret with { Data = secret.Data.Where(d => d.Key != HomeSecret.Server).ToDictionary() }, Cancelled);
        Assert.True(await silo.Watch.TendAsync(Cancelled));
        Assert.False(silo.Ended);
        await MeshCluster.Table(silo.Home).ReadAsync(Cancelled);
    }

    [Fact]
    public async Task Tend_HalfOfTheTokensLife_IsNotRenewedYet()
    {
        await _west.JoinAsync(_east);
        var silo = await SiloAsync();
        var before = await TokenAsync();
        _time.Advance(TimeSpan.FromHours(11.9));
        await silo.Watch.TendAsync(Cancelled);
        Assert.Equal(before, await TokenAsync());
    }

    [Fact]
    public async Task Tend_BeforeTwoThirdsOfTheTokensLife_IsRenewedForAllSilos()
    {
        await _west.JoinAsync(_east);
        var (one, other) = (await SiloAsync(), await SiloAsync());
        var before = await TokenAsync();
        _time.Advance(TimeSpan.FromHours(15.9));
        Assert.True(await one.Watch.TendAsync(Cancelled));
        var renewed = await TokenAsync();
        Assert.NotEqual(before, renewed);
        Assert.Equal(TimeSpan.FromDays(1), TokenLifetime.Read(renewed)!.Value.Length);
        Assert.True(await other.Watch.TendAsync(Cancelled));
        Assert.Equal(renewed, await TokenAsync());
        Assert.Equal((renewed, renewed), (one.Home.Credentials!.Token, other.Home.Credentials!.Token));
        Assert.False(one.Ended || other.Ended);
        // The first token is over; the silos do not notice.
        _time.Advance(TimeSpan.FromHours(9));
        await MeshCluster.Table(one.Home).ReadAsync(Cancelled);
        await MeshCluster.Table(other.Home).ReadAsync(Cancelled);
    }

    [Fact]
    public async Task Tend_ManySilosAtOnce_AllEndUpWithTheTokenInTheSecret()
    {
        await _west.JoinAsync(_east);
        var silos = new List<Silo>();
        for (var i = 0; i < 5; i++)
        {
            silos.Add(await SiloAsync());
        }
        _time.Advance(TimeSpan.FromHours(15.9));
        Assert.All(await Task.WhenAll(silos.Select(s => s.Watch.TendAsync(Cancelled))), Assert.True);
        Assert.All(await Task.WhenAll(silos.Select(s => s.Watch.TendAsync(Cancelled))), Assert.True);
        var token = await TokenAsync();
        Assert.All(silos, s => Assert.Equal(token, s.Home.Credentials!.Token));
    }

    [Fact]
    public async Task Tend_HomeIsAwayWhenTheTokenIsDue_IsRenewedOnceItIsBack()
    {
        await using var relay = new Relay(_east.Address);
        await _west.JoinAsync(_east, address: relay.Address);
        var silo = await SiloAsync();
        var before = await TokenAsync();
        _time.Advance(TimeSpan.FromHours(15.9));
        await relay.CloseAsync();
        Assert.True(await silo.Watch.TendAsync(Cancelled));
        Assert.Equal(before, await TokenAsync());
        relay.Open();
        Assert.True(await silo.Watch.TendAsync(Cancelled));
        Assert.NotEqual(before, await TokenAsync());
    }

    private async Task<string> TokenAsync() => Encoding.UTF8.GetString((await _west.SecretAsync())!.Data[HomeSecret.Token]);

    /// <summary>A silo of west that has just found its home.</summary>
    private async Task<Silo> SiloAsync()
    {
        // Its own token is the kubelet's business.
        var own = _west.Admin;
        var home = new MembershipHome(own, _west.Options, _time, NullLogger<MembershipHome>.Instance);
        Assert.Null(await home.MissingAsync(Cancelled));
        var lifetime = new FakeLifetime();
        var metrics = new MembershipMetrics(_services.GetRequiredService<IMeterFactory>(), home, _time);
        var watch = new HomeWatch(own, home, metrics, _west.Options, lifetime, _time, NullLogger<HomeWatch>.Instance);
        _owned.AddRange([watch, home]);
        return new Silo(home, watch, lifetime);
    }

    private sealed record Silo(MembershipHome Home, HomeWatch Watch, FakeLifetime Lifetime)
    {
        public bool Ended => Lifetime.Ended;
    }

    private sealed class FakeLifetime : IHostApplicationLifetime
    {
        public bool Ended { get; private set; }

        public CancellationToken ApplicationStarted => CancellationToken.None;

        public CancellationToken ApplicationStopping => CancellationToken.None;

        public CancellationToken ApplicationStopped => CancellationToken.None;

        public void StopApplication() => Ended = true;
    }
}
