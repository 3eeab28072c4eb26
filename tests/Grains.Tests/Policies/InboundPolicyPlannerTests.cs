using Mesh.Grains.Observed;
using Mesh.Grains.Policies;
using Mesh.Grains.Tests.Fakes;
using Mesh.Interfaces.NodeSession;

namespace Mesh.Grains.Tests.Policies;

public sealed class InboundPolicyPlannerTests
{
    private const string SlowCooker = "slow-cooker.mc-demo.serviceaccount.identity.linkerd.cluster.local";

    private readonly FakeClusterView _east = new("east");

    public InboundPolicyPlannerTests() => _east.Put(Samples.Namespace());

    [Fact]
    public void Plan_NoServer_IsTheDefaultPolicy()
    {
        var policy = Plan();
        Assert.Empty(policy.Ports);
        Assert.Equal(("default", "all-unauthenticated"), (policy.DefaultPolicy.ServerKind, policy.DefaultPolicy.ServerName));
        var authorization = Assert.Single(policy.DefaultPolicy.Authorizations);
        Assert.Equal(("default", "all-unauthenticated", TlsCondition.Unauthenticated), (authorization.Kind, authorization.Name, authorization.Tls));
        Assert.Equal(["0.0.0.0/0", "::/0"], authorization.Networks.Select(network => network.Cidr));
    }

    [Theory]
    [InlineData("all-authenticated", TlsCondition.MeshTlsAny, false, false)]
    [InlineData("all-unauthenticated", TlsCondition.Unauthenticated, false, false)]
    [InlineData("cluster-authenticated", TlsCondition.MeshTlsAny, true, false)]
    [InlineData("cluster-unauthenticated", TlsCondition.Unauthenticated, true, false)]
    [InlineData("audit", TlsCondition.Unauthenticated, false, true)]
    public void Plan_DefaultPolicy_GrantsWhatItsNameSays(string name, TlsCondition tls, bool clusterOnly, bool audit)
    {
        var policy = Plan(Samples.Pod(annotations: ("config.linkerd.io/default-inbound-policy", name)));
        var authorization = Assert.Single(policy.DefaultPolicy.Authorizations);
        Assert.Equal((name, tls, audit), (authorization.Name, authorization.Tls, authorization.Audit));
        Assert.Equal(clusterOnly ? ["10.0.0.0/8", "fd00::/8"] : ["0.0.0.0/0", "::/0"], authorization.Networks.Select(network => network.Cidr));
    }

    [Theory]
    [InlineData("deny")]
    [InlineData("all-unauthenticatd")]
    [InlineData("ALL-UNAUTHENTICATED")]
    [InlineData("")]
    public void Plan_DenyOrUnknownDefault_GrantsNothing(string name)
    {
        var policy = Plan(Samples.Pod(annotations: ("config.linkerd.io/default-inbound-policy", name)));
        Assert.Empty(policy.DefaultPolicy.Authorizations);
        Assert.Equal("deny", policy.DefaultPolicy.ServerName);
    }

    [Fact]
    public void Plan_DefaultPolicy_PodBeforeNamespaceBeforeCluster()
    {
        _east.DefaultInboundPolicy = "deny";
        Assert.Equal("deny", Plan().DefaultPolicy.ServerName);
        _east.Put(Samples.Namespace(annotations: ("config.linkerd.io/default-inbound-policy", "all-authenticated")));
        Assert.Equal("all-authenticated", Plan().DefaultPolicy.ServerName);
        Assert.Equal("audit", Plan(Samples.Pod(annotations: ("config.linkerd.io/default-inbound-policy", "audit"))).DefaultPolicy.ServerName);
    }

    [Fact]
    public void Plan_GuidePolicy_AllowsSlowCookerOnly()
    {
        _east.Put(Samples.Server());
        _east.Put(Samples.Policy(required: Samples.PolicyRef("MeshTLSAuthentication", "bb-good")));
        _east.Put(Samples.MeshTls(identities: SlowCooker));
        var port = Assert.Single(Plan().Ports);
        Assert.Equal((8080u, "server", "bb", Protocol.Detect), (port.Port, port.ServerKind, port.ServerName, port.Protocol));
        var authorization = Assert.Single(port.Authorizations);
        Assert.Equal(("authorizationpolicy", "bb-authz", TlsCondition.MeshTlsIdentities), (authorization.Kind, authorization.Name, authorization.Tls));
        Assert.Equal([SlowCooker], authorization.Identities);
        Assert.Equal(["0.0.0.0/0", "::/0"], authorization.Networks.Select(network => network.Cidr));
    }

    [Fact]
    public void Plan_ServerWithoutPolicy_Denies()
    {
        _east.Put(Samples.Server());
        Assert.Empty(Assert.Single(Plan().Ports).Authorizations);
    }

    [Fact]
    public void Plan_AccessPolicy_ComesAfterPolicies()
    {
        _east.Put(Samples.Server() with { AccessPolicy = "all-authenticated" });
        _east.Put(Samples.Policy("zz"));
        _east.Put(Samples.Policy("aa"));
        _east.Put(Samples.Policy("ns") with { TargetRef = new ObservedReference("", "Namespace", "mc-demo") });
        Assert.Equal(["aa", "zz", "ns", "all-authenticated"], Plan().Ports[0].Authorizations.Select(authorization => authorization.Name));
    }

    [Fact]
    public void Plan_NamedPort_IsLookedUpInThePod()
    {
        _east.Put(Samples.Server(port: "http"));
        Assert.Equal(8080u, Assert.Single(Plan().Ports).Port);
        _east.Put(Samples.Server(port: "grpc"));
        Assert.Empty(Plan().Ports);
    }

    [Fact]
    public void Plan_OverlappingServers_OldestThenNameGoverns()
    {
        _east.Put(Samples.Server("b"));
        _east.Put(Samples.Server("a"));
        Assert.Equal("a", Assert.Single(Plan().Ports).ServerName);
        _east.Put(Samples.Server("z", age: 5));
        Assert.Equal("z", Assert.Single(Plan().Ports).ServerName);
    }

    [Theory]
    [InlineData("HTTP/1", Protocol.Http1)]
    [InlineData("HTTP/2", Protocol.Http2)]
    [InlineData("gRPC", Protocol.Grpc)]
    [InlineData("opaque", Protocol.Opaque)]
    [InlineData("TLS", Protocol.Tls)]
    [InlineData("unknown", Protocol.Detect)]
    [InlineData(null, Protocol.Detect)]
    public void Plan_ProxyProtocol_IsPassedOn(string? text, Protocol expected)
    {
        _east.Put(Samples.Server() with { ProxyProtocol = text });
        Assert.Equal(expected, Plan().Ports[0].Protocol);
    }

    public static TheoryData<string, ObservedServer> BrokenServers => new()
    {
        { "protocol", Samples.Server() with { ProxyProtocol = "HTTP/3", AccessPolicy = "all-unauthenticated" } },
        { "access", Samples.Server() with { AccessPolicy = "everybody" } },
        { "operator", Samples.Server() with { PodSelector = Samples.Selector("app", "Equals", "bb"), AccessPolicy = "all-unauthenticated" } },
        { "both", Samples.Server() with { HasExternalWorkloadSelector = true, AccessPolicy = "all-unauthenticated" } },
    };

    [Theory]
    [MemberData(nameof(BrokenServers))]
    public void Plan_BrokenServer_StillGovernsAndDenies(string what, ObservedServer server)
    {
        _east.Put(server);
        _east.Put(Samples.Policy());
        Assert.False(ServerPlanner.Judge(server).IsInEffect, what);
        var port = Assert.Single(Plan().Ports);
        Assert.Equal("bb", port.ServerName);
        Assert.Empty(port.Authorizations);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("65536")]
    [InlineData("99999999999")]
    [InlineData("-1")]
    [InlineData("80 ")]
    [InlineData("a-name-that-is-too-long")]
    [InlineData("")]
    [InlineData(null)]
    public void Judge_BadPort_IsNotAccepted(string? port)
    {
        var server = Samples.Server(port: port);
        Assert.False(ServerPlanner.Judge(server).IsInEffect);
        _east.Put(server);
        Assert.Empty(Plan().Ports);
    }

    [Fact]
    public void Plan_Probes_AreAllowedUnderServerAndUnderDefault()
    {
        var pod = Samples.Pod() with
        {
            HttpProbes =
            [
                new ObservedHttpProbe("terminus", "http", "/ready?full=1"), new ObservedHttpProbe("terminus", "8080", "live"),
                new ObservedHttpProbe("terminus", "9990", ""), new ObservedHttpProbe("sidecar", "http", "/not-its-port"),
            ],
        };
        _east.Put(Samples.Server());
        _east.DefaultInboundPolicy = "deny";
        var policy = Plan(pod);
        Assert.Equal([8080u, 9990u], policy.Ports.Select(port => port.Port));
        Assert.Equal(["/live", "/ready"], policy.Ports[0].ProbePaths);
        Assert.Equal(["/"], policy.Ports[1].ProbePaths);
        Assert.Equal(("default", "deny"), (policy.Ports[1].ServerKind, policy.Ports[1].ServerName));
        Assert.All(policy.Ports, port =>
        {
            var probe = Assert.Single(port.Authorizations);
            Assert.Equal(("default", "probe", true, TlsCondition.Unauthenticated), (probe.Kind, probe.Name, probe.ProbeOnly, probe.Tls));
        });
        Assert.Empty(policy.DefaultPolicy.Authorizations);
    }

    [Fact]
    public void Plan_OpaqueServer_HasNoProbes()
    {
        _east.Put(Samples.Server() with { ProxyProtocol = "opaque" });
        Assert.Empty(Plan(Samples.Pod() with { HttpProbes = [new ObservedHttpProbe("terminus", "8080", "/")] }).Ports[0].Authorizations);
    }

    [Fact]
    public void Plan_SameInput_HasSameBytes() =>
        Assert.Equal(Google.Protobuf.MessageExtensions.ToByteArray(Plan()), Google.Protobuf.MessageExtensions.ToByteArray(Plan()));

    private InboundPolicy Plan(ObservedPod? pod = null) => InboundPolicyPlanner.Plan(pod ?? Samples.Pod(), _east.Namespace("mc-demo"), _east);
}
