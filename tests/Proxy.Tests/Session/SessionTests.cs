using Mesh.Interfaces.Identity;
using Mesh.Interfaces.NodeSession;
using Mesh.Proxy.DataPlane;
using Mesh.Proxy.Reactor;
using Mesh.Proxy.Tests.Certificates;
using Mesh.Proxy.Tests.Enrolment;
using Mesh.Testing;

namespace Mesh.Proxy.Tests.Session;

public sealed class SessionTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly TemporaryDirectory _directory = new();
    private readonly TestIssuer _issuer = new();
    private FakeSilo _silo = null!;
    private NodeUnderTest _node = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _silo = await FakeSilo.StartAsync(_issuer);
        _node = new NodeUnderTest(_directory, _issuer, _silo.Port);
    }

    public async ValueTask DisposeAsync()
    {
        await _node.DisposeAsync();
        await _silo.DisposeAsync();
        _issuer.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task Run_NewNode_SaysHelloWithItsCertificate()
    {
        await _node.StartAsync(Cancel);

        await Until(() => _silo.Hellos.Count == 1);

        Assert.True(_silo.Hellos.TryPeek(out var hello));
        Assert.Equal(("east", "east-1", 0), (hello.Cluster, hello.Node, hello.Held.Count));
        Assert.True(_silo.ClientSubjects.TryPeek(out var subject));
        Assert.Equal("CN=mesh-proxy", subject);
    }

    [Fact]
    public async Task Run_SnapshotDeltaAndRemoval_ReachTheDataPlane()
    {
        await _node.StartAsync(Cancel);
        await Until(() => _silo.Hellos.Count == 1);

        _silo.Send(new Update { Upserts = { Pod("u1", 1), Service("10.110.0.7", 8080, 1), Set(1, "10.10.1.9") }, Complete = true });
        await Until(() => Address() == "10.10.1.9:8000");
        Assert.NotNull(_node.DataPlane.Snapshot.Pod("u1"));
        Assert.True(_node.Session.HasBeenCurrent);
        _silo.Send(new Update { Upserts = { Set(2, "10.10.2.9") } });
        await Until(() => Address() == "10.10.2.9:8000");
        _silo.Send(new Update { Removals = { "pod/u1" } });
        await Until(() => _node.DataPlane.Snapshot.Pod("u1") is null);

        Assert.Equal("10.10.2.9:8000", Address());
    }

    [Fact]
    public async Task Run_SessionLost_KeepsResourcesAndSaysWhatItHolds()
    {
        await _node.StartAsync(Cancel);
        await Until(() => _silo.Hellos.Count == 1);
        _silo.Send(new Update { Upserts = { Pod("u1", 7), Set(9, "10.10.1.9") }, Complete = true });
        await Until(() => _node.Resources.Count == 2);
        _node.Demand.Use(Endpoint("10.110.0.7", 8080));

        await _silo.DropAsync();
        await Until(() => _silo.Hellos.Count == 2);

        var hello = _silo.Hellos.Last();
        Assert.Equal(7ul, hello.Held["pod/u1"]);
        Assert.Equal(9ul, hello.Held["endpoints/east/mc-demo/bb"]);
        Assert.Equal("10.110.0.7", Assert.Single(hello.Demanded).Ip);
        Assert.NotNull(_node.DataPlane.Snapshot.Pod("u1"));
    }

    [Fact]
    public async Task Run_SiloRestartsElsewhere_Reconnects()
    {
        await _node.StartAsync(Cancel);
        await Until(() => _silo.Hellos.Count == 1);
        var port = _silo.Port;
        await _silo.DisposeAsync();
        await Until(() => !_node.Session.IsConnected);

        _silo = await FakeSilo.StartAsync(_issuer, port: port);

        await Until(() => _silo.Hellos.Count == 1);
        Assert.True(_node.Session.Failures > 0);
    }

    [Fact]
    public async Task Run_PodsServiceAccount_GetsACertificateAndLosesItWithItsLastPod()
    {
        await _node.StartAsync(Cancel);
        await Until(() => _silo.Hellos.Count == 1);
        var key = new ServiceAccountKey("mc-demo", "bb");

        _silo.Send(new Update { Upserts = { Pod("u1", 1), Pod("u2", 1) } });
        await Until(() => _node.DataPlane.Certificates.ContainsKey(key));
        var file = Path.Combine(_directory.Options().CertificateDirectory, "mc-demo_bb.pem");
        await Until(() => File.Exists(file));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        Assert.Single(_silo.Received, message => message.CertificateRequest is not null);
        _silo.Send(new Update { Removals = { "pod/u1", "pod/u2" } });

        await Until(() => !_node.DataPlane.Certificates.ContainsKey(key) && !File.Exists(file));
    }

    [Fact]
    public async Task Run_CertificateRefused_AsksAgainAndKeepsTheSession()
    {
        await _node.StartAsync(Cancel);
        await Until(() => _silo.Hellos.Count == 1);
        _silo.CertificateError = "no pod of mc-demo/bb on this node";
        _silo.Send(new Update { Upserts = { Pod("u1", 1) } });
        await Until(() => _silo.Received.Count(message => message.CertificateRequest is not null) >= 2);
        Assert.Empty(_node.DataPlane.Certificates);

        _silo.CertificateError = null;

        await Until(() => !_node.DataPlane.Certificates.IsEmpty);
        Assert.Single(_silo.Hellos);
    }

    [Fact]
    public async Task Run_RestartWithoutAControlPlane_ServesWhatWasKnown()
    {
        await _node.StartAsync(Cancel);
        await Until(() => _silo.Hellos.Count == 1);
        _silo.Send(new Update { Upserts = { Pod("u1", 1), Service("10.110.0.7", 8080, 1), Set(1, "10.10.1.9") }, Complete = true });
        await Until(() => !_node.DataPlane.Certificates.IsEmpty);
        await Until(() => File.Exists(Path.Combine(_directory.Options().CertificateDirectory, "mc-demo_bb.pem")));
        await _node.DisposeAsync();
        var port = _silo.Port;
        await _silo.DisposeAsync();

        _node = new NodeUnderTest(_directory, _issuer, port);
        await _node.StartAsync(Cancel);

        Assert.Equal(3, _node.Restored);
        Assert.Equal("10.10.1.9:8000", Address());
        await Until(() => _node.DataPlane.Certificates.ContainsKey(new ServiceAccountKey("mc-demo", "bb")));
        Assert.False(_node.Session.IsConnected);
    }

    [Fact]
    public async Task Run_ResourcesOnDiskBroken_BeginsWithoutThem()
    {
        await _node.DisposeAsync();
        Directory.CreateDirectory(_directory.Options().StateDirectory);
        await File.WriteAllBytesAsync(_directory.Options().ResourceFile, [0xFF, 0x01, 0x02], Cancel);

        _node = new NodeUnderTest(_directory, _issuer, _silo.Port);
        await _node.StartAsync(Cancel);

        await Until(() => _silo.Hellos.Count == 1);
        Assert.Equal(0, _node.Restored);
    }

    [Fact]
    public async Task Demand_DestinationInUse_IsToldAtOnce()
    {
        await _node.StartAsync(Cancel);
        await Until(() => _silo.Hellos.Count == 1);

        _node.Demand.Use(Endpoint("10.110.0.7", 8080));
        _node.Demand.Use(Endpoint("10.110.0.7", 8080));

        await Until(() => _silo.Received.Any(message => message.Demand is not null));
        Assert.Equal(8080u, Assert.Single(_silo.Received.First(message => message.Demand is not null).Demand.Add).Port);
    }

    [Fact]
    public async Task Traffic_WhileDisconnected_IsKeptAddedUpAndSent()
    {
        var series = new TrafficSeries { Namespace = "mc-demo", Pod = "bb-1", Success = 3, LatencyCounts = { 1, 2 }, ConnectionsOpen = 5 };
        _node.DataPlane.Happen(new TrafficReport { Series = { series } });
        _node.Traffic.Add(new TrafficReport { Series = { new TrafficSeries(series) { Success = 4, ConnectionsOpen = 2 } } });

        await _node.StartAsync(Cancel);

        await Until(() => _silo.Received.Where(message => message.Traffic is not null)
            .SelectMany(message => message.Traffic.Series).Sum(sent => (long)sent.Success) == 7);
    }

    [Theory]
    [InlineData(EnrolmentAnswer.Types.Verdict.Meshed)]
    [InlineData(EnrolmentAnswer.Types.Verdict.NotMeshed)]
    public async Task QueryEnrolment_AskedBeforeThereIsASession_IsAnswered(EnrolmentAnswer.Types.Verdict verdict)
    {
        _silo.Verdict = verdict;
        var asked = _node.Session.QueryEnrolmentAsync(new EnrolmentQuery { Namespace = "mc-demo", Pod = "bb-1", Uid = "u1" }, Cancel);

        await _node.StartAsync(Cancel);

        Assert.Equal(verdict, (await asked.WaitAsync(Patience, Cancel)).Verdict);
    }

    [Fact]
    public async Task Run_TokenRefused_SaysWhatTheSiloSaid()
    {
        await _node.StartAsync(Cancel);
        await Until(() => _silo.Hellos.Count == 1);

        _silo.Refusal = (403, "the token is for node west-1, not east-1");
        await _silo.DropAsync();

        await Until(() => _node.Session.LastFailure.Contains("403", StringComparison.Ordinal));
        Assert.Contains("the token is for node west-1, not east-1", _node.Session.LastFailure, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_ServerIsNotASilo_IsNotTalkedTo()
    {
        await using var impostor = await FakeSilo.StartAsync(_issuer, new WorkloadIdentity("default", "mc-demo", "cluster.local"));
        await _node.DisposeAsync();
        _node = new NodeUnderTest(_directory, _issuer, impostor.Port);
        await _node.StartAsync(Cancel);

        await Until(() => _node.OwnCertificateFailure.Contains("TLS", StringComparison.Ordinal));

        Assert.Empty(impostor.Hellos);
    }

    private static SocketEndpoint Endpoint(string ip, uint port)
    {
        Assert.True(SocketEndpoint.TryCreate(ip, port, out var endpoint));
        return endpoint;
    }

    private static Resource Pod(string uid, ulong version) => new()
    {
        Key = $"pod/{uid}",
        Version = version,
        Pod = new Pod { Uid = uid, Namespace = "mc-demo", Name = $"bb-{uid}", ServiceAccount = "bb" },
    };

    private static Resource Service(string ip, uint port, ulong version) => new()
    {
        Key = $"destination/{ip}:{port}",
        Version = version,
        Destination = new Destination
        {
            Address = new SocketAddress { Ip = ip, Port = port },
            Kind = Destination.Types.Kind.Service,
            EndpointSet = "endpoints/east/mc-demo/bb",
            EndpointPortName = "http",
            EndpointPort = port,
        },
    };

    private static Resource Set(ulong version, string ip) => new()
    {
        Key = "endpoints/east/mc-demo/bb",
        Version = version,
        EndpointSet = new EndpointSet
        {
            Cluster = "east",
            Namespace = "mc-demo",
            Service = "bb",
            Ports = { new EndpointPort { Name = "http", ServicePort = 8080, TargetPort = 8000 } },
            Endpoints = { new Endpoint { Ip = ip, Ready = true } },
        },
    };

    private string Address()
    {
        var snapshot = _node.DataPlane.Snapshot;
        return snapshot.Destination(Endpoint("10.110.0.7", 8080)) is { } destination
            && snapshot.Endpoints(destination).Endpoints is [var endpoint]
                ? endpoint.Address.ToString()
                : "none";
    }

    private Task Until(Func<bool> condition) => Eventually.Holds(
        condition, Patience,
        () => $"connected {_node.Session.IsConnected}, hellos {_silo.Hellos.Count}, last failure: {_node.Session.LastFailure}; "
            + $"own certificate: {_node.OwnCertificateFailure}",
        Cancel);
}
