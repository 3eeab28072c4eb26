using System.Net;
using System.Net.Sockets;
using Mesh.Silo.Configuration;
using Mesh.Silo.Hosting;
using Mesh.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mesh.Membership.Tests;

public sealed class StartGateTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Pass_NothingMissing_OpensNoSocket()
    {
        var gate = new StartGate([new Condition()], new SiloOptions { HealthPort = -1 }, TimeProvider.System, NullLogger<StartGate>.Instance);
        Assert.True(await gate.PassAsync());
    }

    [Fact]
    public async Task Pass_SomethingMissing_AnswersProbesUntilItIsThere()
    {
        var (condition, options) = (new Condition { Missing = "east is away" }, new SiloOptions { HealthPort = FreePort() });
        var time = new ManualTimeProvider();
        var passing = new StartGate([condition], options, time, NullLogger<StartGate>.Instance).PassAsync();
        using var probe = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{options.HealthPort}/") };
        await Eventually.Holds(
            async () => await LiveAsync(probe), TimeSpan.FromSeconds(30), () => "no answer", Cancelled);
        using var ready = await probe.GetAsync("ready", Cancelled);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Equal("east is away\n", await ready.Content.ReadAsStringAsync(Cancelled));

        condition.Missing = null;
        await Eventually.Holds(
            () =>
            {
                time.Advance(TimeSpan.FromSeconds(2));
                return passing.IsCompleted;
            },
            TimeSpan.FromSeconds(30), () => "still waiting", Cancelled);
        Assert.True(await passing);
        Assert.False(await LiveAsync(probe));
    }

    private static async Task<bool> LiveAsync(HttpClient probe)
    {
        try
        {
            return await probe.GetStringAsync("live", Cancelled) == "live\n";
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Any, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private sealed class Condition : IStartCondition
    {
        public string? Missing { get; set; }

        public Task<string?> MissingAsync(CancellationToken cancellationToken) => Task.FromResult(Missing);
    }
}
