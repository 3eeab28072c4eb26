using Mesh.Interfaces.NodeSession;
using Mesh.Proxy.DataPlane;
using Mesh.Proxy.Reactor;
using Mesh.Proxy.Session;
using Mesh.Proxy.Tests.Certificates;
using Mesh.Proxy.Tests.Enrolment;
using Mesh.Testing;

namespace Mesh.Proxy.Tests.Session;

/// <summary>What depends on the clock.</summary>
public sealed class SilenceTests : IAsyncLifetime
{
    private readonly ManualTimeProvider _time = new();
    private readonly TemporaryDirectory _directory = new();
    private readonly TestIssuer _issuer = new();
    private FakeSilo _silo = null!;
    private NodeUnderTest _node = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _silo = await FakeSilo.StartAsync(_issuer);
        _node = new NodeUnderTest(_directory, _issuer, _silo.Port, _time);
        await _node.StartAsync(Cancel);
        await Until(() => _silo.Hellos.Count == 1 && _node.Session.IsConnected);
    }

    public async ValueTask DisposeAsync()
    {
        await _node.DisposeAsync();
        await _silo.DisposeAsync();
        _issuer.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task Run_SiloSilentForTenSeconds_BeginsAnotherSession()
    {
        _time.Advance(NodeSession.Silence + TimeSpan.FromSeconds(1));
        await Until(() => _node.Session.LastFailure.Contains("said nothing", StringComparison.Ordinal));

        await UntilAdvancing(() => _silo.Hellos.Count == 2);
    }

    [Fact]
    public async Task Run_SiloSaysSomethingEveryThreeSeconds_KeepsTheSession()
    {
        for (var i = 1u; i <= 10; i++)
        {
            var port = i;
            _silo.Send(new Update { Upserts = { Unknown(port) } });
            await Until(() => _node.Resources.Count == port);
            _time.Advance(TimeSpan.FromSeconds(3));
        }

        Assert.Single(_silo.Hellos);
        Assert.True(_node.Session.IsConnected);
    }

    [Fact]
    public async Task Demand_UnusedForTenMinutes_IsGivenUpAndForgotten()
    {
        _node.Demand.Use(Endpoint(1));
        _node.Demand.Use(Endpoint(2));
        _silo.Send(new Update { Upserts = { Unknown(1), Unknown(2) } });
        await Until(() => _node.Resources.Count == 2);
        _node.DataPlane.Uses.Add(new DestinationUse(Endpoint(2), 1, TimeSpan.Zero));

        await UntilAdvancing(
            () => _silo.Received.Any(message => message.Demand is { Remove.Count: 1 }), TimeSpan.FromSeconds(2), heartbeat: true);

        Assert.Equal(1u, _silo.Received.First(message => message.Demand is { Remove.Count: 1 }).Demand.Remove[0].Port);
        Assert.Equal(1, _node.Demand.Count);
        await Until(() => !_node.Resources.Versions().ContainsKey("destination/10.9.9.9:1"));
        Assert.True(_node.Resources.Versions().ContainsKey("destination/10.9.9.9:2"));
    }

    private static SocketEndpoint Endpoint(uint port)
    {
        Assert.True(SocketEndpoint.TryCreate("10.9.9.9", port, out var endpoint));
        return endpoint;
    }

    private static Resource Unknown(uint port) => new()
    {
        Key = $"destination/10.9.9.9:{port}",
        Version = 1,
        Destination = new Destination { Address = new SocketAddress { Ip = "10.9.9.9", Port = port } },
    };

    private Task UntilAdvancing(Func<bool> condition, TimeSpan? step = null, bool heartbeat = false) => Until(() =>
    {
        if (heartbeat)
        {
            _silo.Send(new Update());
        }
        _time.Advance(step ?? TimeSpan.FromMilliseconds(100));
        return condition();
    });

    private Task Until(Func<bool> condition) => Eventually.Holds(
        condition, TimeSpan.FromSeconds(30),
        () => $"connected {_node.Session.IsConnected}, hellos {_silo.Hellos.Count}, {_node.Session.LastFailure}; "
            + _node.OwnCertificateFailure,
        Cancel);
}
