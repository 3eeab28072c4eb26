using Google.Protobuf;
using Mesh.Grains.Ports;
using Mesh.Grains.Tests.Fakes;
using Mesh.Interfaces.Nodes;
using Mesh.Interfaces.NodeSession;
using Mesh.Testing;

namespace Mesh.Grains.Tests.Engine;

[Collection(EngineTests.Name)]
public sealed class NodeProxyGrainTests : IAsyncLifetime
{
    private const string Endpoints = "endpoints/east/mc-demo/bb";
    private const string Mirror = "destination/10.120.0.7:8080";

    private static readonly SocketAddress MirrorAddress = new() { Ip = "10.120.0.7", Port = 8080 };

    private readonly NodeSessionProbe _probe = new();
    private readonly Guid _session = Guid.NewGuid();
    private TwoClusters _clusters = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private INodeProxyGrain Node => _clusters.West.Grains.GetGrain<INodeProxyGrain>("west/west-1");

    public async ValueTask InitializeAsync()
    {
        _clusters = await TwoClusters.StartAsync();
        _clusters.WestView.Put(Samples.Pod("slow-cooker-1", "10.20.1.4") with { Node = "west-1" });
        _clusters.WestView.Put(Samples.Service(
            "bb-target", ("mirror.linkerd.io/mirrored-service", "true"), ("mirror.linkerd.io/cluster-name", "target"),
            ("multicluster.linkerd.io/remote-discovery", "target"), ("multicluster.linkerd.io/remote-service", "bb")) with
        { ClusterIps = ["10.120.0.7"] });
    }

    public ValueTask DisposeAsync() => _clusters.DisposeAsync();

    [Fact]
    public async Task Attach_NewProxy_GetsItsPodsAndIsComplete()
    {
        await Attach(new Hello());
        await Until(() => _probe.Complete && _probe.Held("pod/uid-slow-cooker-1") is not null);
    }

    [Fact]
    public async Task Demand_Mirror_GetsTheRemoteEndpoints()
    {
        await Attach(new Hello());
        await Node.Demand(_session, new Demand { Add = { MirrorAddress } }.ToByteArray());
        await Until(() => _probe.Held(Mirror)?.Destination.EndpointSet == Endpoints
            && _probe.Held(Endpoints)?.EndpointSet.Endpoints is [{ Ip: "10.10.1.5" }]);
    }

    [Fact]
    public async Task EndpointsChange_InEast_ReachWestWithinHalfASecond()
    {
        await Attach(new Hello { Demanded = { MirrorAddress } });
        await Until(() => _probe.Held(Endpoints) is not null);
        for (var round = 0; round < 20; round++)
        {
            var ready = round % 2 == 1;
            _clusters.EastView.Put(Samples.Slice(Samples.Endpoint(ready: ready)));
            await Until(() => _probe.Held(Endpoints)!.EndpointSet.Endpoints[0].Ready == ready, TimeSpan.FromMilliseconds(500));
        }
    }

    [Fact]
    public async Task Policy_Changed_IsPushed()
    {
        await Attach(new Hello());
        await Until(() => _probe.Complete);
        _clusters.WestView.Put(Samples.Server());
        await Until(() => _probe.Held("pod/uid-slow-cooker-1")!.Pod.Inbound.Ports.Count == 1, TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task Route_AddedAndRemoved_IsPushed()
    {
        await Attach(new Hello { Demanded = { MirrorAddress } });
        await Until(() => _probe.Held(Mirror) is not null);
        _clusters.WestView.Put(Routes.RouteSamples.Route(rules: Routes.RouteSamples.Rule()) with
        {
            Parents = [Routes.RouteSamples.Bb with { Name = "bb-target" }],
            Annotations = Samples.Map(("timeout.linkerd.io/request", "1s")),
        });
        await Until(() => _probe.Held(Mirror)!.Destination.Routes is [{ Settings.RequestTimeoutMs: 1000 }], TimeSpan.FromSeconds(1));
        _clusters.WestView.Remove<Grains.Observed.ObservedRoute>("mc-demo", "HTTPRoute.gateway.networking.k8s.io/bb", ClusterTopic.Routes);
        await Until(() => _probe.Held(Mirror)!.Destination.Routes.Count == 0, TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task Service_AnnotatedAndNodeMovedToAZone_ArePushed()
    {
        await Attach(new Hello { Demanded = { MirrorAddress } });
        await Until(() => _probe.Held(Mirror) is not null && _probe.Held("pod/uid-slow-cooker-1") is not null);
        var mirror = _clusters.WestView.Service("mc-demo", "bb-target")!;
        _clusters.WestView.Put(mirror with { Annotations = Samples.Map(("retry.linkerd.io/http", "5xx")) });
        await Until(() => _probe.Held(Mirror)!.Destination.Settings?.Retry.Http[0].First == 500, TimeSpan.FromSeconds(1));
        _clusters.WestView.Put(new Grains.Observed.ObservedNode("west-1", "zone-b", []));
        await Until(() => _probe.Held("pod/uid-slow-cooker-1")!.Pod.Zone == "zone-b", TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task Ipv6ClusterIp_OfADualStackMirror_HasEndpointsOfItsFamily()
    {
        _clusters.WestView.Put(_clusters.WestView.Service("mc-demo", "bb-target")! with { ClusterIps = ["10.120.0.7", "fd00:1::7"] });
        _clusters.EastView.Put(Samples.Pod() with { Ips = ["10.10.1.5", "fd00::5"] });
        _clusters.EastView.Put(Samples.Slice(Samples.Endpoint(ip: "fd00::5")) with { Name = "bb-v6", AddressType = "IPv6" });
        await Attach(new Hello { Demanded = { MirrorAddress, new SocketAddress { Ip = "fd00:1::7", Port = 8080 } } });
        await Until(() => _probe.Held(Endpoints)?.EndpointSet.Endpoints is [{ Ip: "10.10.1.5" }]
            && _probe.Held(Endpoints + "/ipv6")?.EndpointSet.Endpoints is [{ Ip: "fd00::5" }]
            && _probe.Held("destination/fd00:1::7:8080")?.Destination.EndpointSet == Endpoints + "/ipv6");
    }

    [Fact]
    public async Task Pod_Gone_IsRemoved()
    {
        await Attach(new Hello());
        await Until(() => _probe.Held("pod/uid-slow-cooker-1") is not null);
        _clusters.WestView.Remove<Grains.Observed.ObservedPod>("mc-demo", "slow-cooker-1", ClusterTopic.Pods, "west-1");
        await Until(() => _probe.Held("pod/uid-slow-cooker-1") is null, TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task EastDies_EndpointsBecomeSuspectAndRecover()
    {
        await Attach(new Hello { Demanded = { MirrorAddress } });
        await Until(() => _probe.Held(Endpoints) is not null);
        await _clusters.StopEastAsync();
        await Until(() => _probe.Held(Endpoints)!.EndpointSet is { Suspect: true, Endpoints.Count: 1 });

        _clusters.EastView.Put(Samples.Pod("bb-2", "10.10.1.6"));
        _clusters.EastView.Put(Samples.Slice(Samples.Endpoint("bb-2", "10.10.1.6")));
        await _clusters.StartEastAsync();
        await Until(() => _probe.Held(Endpoints)!.EndpointSet is { Suspect: false, Endpoints: [{ Ip: "10.10.1.6" }] });
    }

    [Fact]
    public async Task East_SendsEndpointsWhereNoneOfItsPodsCanBe_TheyReachNoProxy()
    {
        await Attach(new Hello { Demanded = { MirrorAddress } });
        await Until(() => _probe.Held(Endpoints)?.EndpointSet.Endpoints is [{ Ip: "10.10.1.5" }]);
        _clusters.EastView.Put(Samples.Slice(
            Samples.Endpoint(), Samples.Endpoint(pod: null, ip: "127.0.0.1"), Samples.Endpoint(pod: null, ip: "169.254.169.254"),
            Samples.Endpoint(pod: null, ip: "8.8.8.8"), Samples.Endpoint(pod: null, ip: "10.10.1.9")));
        await Until(() => _probe.Held(Endpoints)!.EndpointSet.Endpoints.Select(e => e.Ip).SequenceEqual(["10.10.1.5", "10.10.1.9"]));

        // The Link says more exactly where they are.
        _clusters.WestView.Put(_clusters.WestView.Links.Single() with { PodNetworks = ["10.10.1.0/29"] });
        _clusters.EastView.Put(Samples.Slice(Samples.Endpoint(), Samples.Endpoint(pod: null, ip: "10.20.1.4"), Samples.Endpoint(pod: null, ip: "10.10.1.7")));
        await Until(() => _probe.Held(Endpoints)!.EndpointSet.Endpoints.Select(e => e.Ip).SequenceEqual(["10.10.1.5", "10.10.1.7"]));
    }

    [Fact]
    public async Task Attach_HeldVersions_NothingIsSentTwice()
    {
        await Attach(new Hello { Demanded = { MirrorAddress } });
        await Until(() => _probe.Complete && _probe.Held(Endpoints) is not null && _probe.Held(Mirror) is not null);
        var hello = new Hello { Demanded = { MirrorAddress } };
        foreach (var key in (string[])["pod/uid-slow-cooker-1", Endpoints, Mirror])
        {
            hello.Held[key] = _probe.Held(key)!.Version;
        }
        var second = new NodeSessionProbe();
        await Node.Attach(
            _clusters.West.Grains.CreateObjectReference<INodeSessionObserver>(second), Guid.NewGuid(), hello.ToByteArray(), Cancellation);
        await Until(() => second.Complete);
        Assert.Equal("", second.Describe());

        // The session before it is over, whatever its silo still believes.
        await Attach(new Hello());
        _clusters.WestView.Put(Samples.Server());
        await Until(() => second.Held("pod/uid-slow-cooker-1") is not null);
    }

    [Fact]
    public async Task Demand_ServiceOfUnknownCluster_IsAnsweredInTime()
    {
        _clusters.WestView.Put(Samples.Service(
            "bb-nowhere", ("multicluster.linkerd.io/remote-discovery", "nowhere"), ("multicluster.linkerd.io/remote-service", "bb")) with
        { ClusterIps = ["10.120.0.9"] });
        await Attach(new Hello());
        await Node.Demand(_session, new Demand { Add = { new SocketAddress { Ip = "10.120.0.9", Port = 8080 } } }.ToByteArray());
        await Until(() => _probe.Held("destination/10.120.0.9:8080")?.Destination.Kind == Destination.Types.Kind.Service, TimeSpan.FromSeconds(1));
    }

    private Task Attach(Hello hello) => Node.Attach(
        _clusters.West.Grains.CreateObjectReference<INodeSessionObserver>(_probe), _session, hello.ToByteArray(), Cancellation);

    private Task Until(Func<bool> condition, TimeSpan? within = null) =>
        Eventually.Holds(condition, within ?? TimeSpan.FromSeconds(10), _probe.Describe, Cancellation);
}
