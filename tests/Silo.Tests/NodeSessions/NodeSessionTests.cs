using System.Net;
using System.Security.Cryptography;
using Google.Protobuf;
using Mesh.Interfaces.Identity;
using Mesh.Interfaces.NodeSession;
using Mesh.Silo.NodeSessions;
using Mesh.Silo.Tests.Harness;
using Mesh.Silo.Tests.Identity;
using Mesh.Testing;
using SocketAddress = Mesh.Interfaces.NodeSession.SocketAddress;

namespace Mesh.Silo.Tests.NodeSessions;

public sealed class NodeSessionTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private SiloHarness _silo = null!;

    private static Hello Hello => new() { Cluster = "east", Node = "node-1", ProxyVersion = "0.1.0" };

    public async ValueTask InitializeAsync() => _silo = await SiloHarness.StartAsync();

    public ValueTask DisposeAsync() => _silo.DisposeAsync();

    [Fact]
    public async Task Certify_ProxyPod_GetsTheProxysCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var client = _silo.Client(null);
        var (status, body) = await CertifyAsync(client, "proxy-1", Request(key, "mesh-system", "mesh-proxy", 7));
        Assert.Equal(HttpStatusCode.OK, status);
        var certificate = Certificate.Parser.ParseFrom(body.AsSpan(5));
        Assert.Equal("", certificate.Error);
        Assert.Equal(7u, certificate.Id);
        Assert.Equal(2, certificate.Chain.Count);
        Assert.Equal(_silo.Pki.Anchor.RawData, Assert.Single(certificate.TrustAnchors).ToByteArray());
        using var leaf = System.Security.Cryptography.X509Certificates.X509CertificateLoader.LoadCertificate(certificate.Chain[0].ToByteArray());
        Assert.Equal(_silo.Pki.Options.ProxyIdentity, _silo.Pki.Verifier.VerifyClient(leaf, [_silo.Pki.Issuer]).Identity);
        Assert.InRange(certificate.NotAfterUnixSeconds - certificate.NotBeforeUnixSeconds, 86_400, 86_420);
    }

    [Fact]
    public async Task Run_ProxyComesBackToTheSameSilo_IsAcceptedEachTime()
    {
        using var certificate = _silo.Pki.Issue(_silo.Pki.Options.ProxyIdentity);
        for (var time = 0; time < 4; time++)
        {
            // A client for each session, as the proxy has; TLS sessions are kept by the process, and could be resumed.
            using var client = _silo.Client(certificate);
            var session = await ProxySession.OpenAsync(client, "proxy-1", new ProxyMessage { Hello = Hello });
            Assert.True(session.Status == 200, $"time {time + 1}: {session.Status} {(session.Status == 200 ? "" : await session.TextAsync())}");
            await session.EndAsync();
            while (await session.ReadAsync() is not null)
            {
                // Until the silo has ended it, too.
            }
        }
    }

    [Theory]
    [InlineData(null, 401, "no 'authorization: Bearer'")]
    [InlineData("unknown", 401, "unknown token")]
    [InlineData("other-account", 403, "only system:serviceaccount:mesh-system:mesh-proxy")]
    [InlineData("unbound", 403, "not bound to a pod")]
    [InlineData("no-pod", 403, "knows no pod")]
    [InlineData("other-uid", 403, "knows no pod")]
    public async Task Certify_WrongToken_IsRefusedWithAReason(string? token, int status, string reason)
    {
        _silo.Tokens.Add("other-account", NodeAuthenticator.Audience, "system:serviceaccount:default:default", "x")
            .Add("unbound", NodeAuthenticator.Audience, SiloHarness.ProxyAccount)
            .Add("no-pod", NodeAuthenticator.Audience, SiloHarness.ProxyAccount, "mesh-proxy-gone")
            .Add("other-uid", NodeAuthenticator.Audience, SiloHarness.ProxyAccount, "mesh-proxy-1", "uid-of-an-earlier-life");
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var client = _silo.Client(null);
        var (code, body) = await CertifyAsync(client, token, Request(key, "mesh-system", "mesh-proxy"));
        Assert.Equal(status, (int)code);
        Assert.Contains(reason, System.Text.Encoding.UTF8.GetString(body), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Certify_ApiServerAway_Is503()
    {
        _silo.Tokens.Unavailable = true;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var client = _silo.Client(null);
        var (code, _) = await CertifyAsync(client, "proxy-1", Request(key, "mesh-system", "mesh-proxy"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, code);
    }

    [Theory]
    [InlineData("mesh-system", "mesh-silo")]
    [InlineData("mc-demo", "bb")]
    public async Task Certify_OtherIdentity_IsRefused(string ns, string account)
    {
        _silo.AddPod("mc-demo", "bb", "bb", "node-1");
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var client = _silo.Client(null);
        var (code, _) = await CertifyAsync(client, "proxy-1", Request(key, ns, account));
        Assert.Equal(HttpStatusCode.Forbidden, code);
    }

    [Fact]
    public async Task Run_NoClientCertificate_Is401()
    {
        await using var session = await ProxySession.OpenAsync(_silo.Client(null), "proxy-1", Hello);
        Assert.Equal(401, session.Status);
        Assert.Contains("showed no certificate", await session.TextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_WorkloadCertificate_Is403()
    {
        using var certificate = _silo.Pki.Issue(new WorkloadIdentity("bb", "mc-demo", "cluster.local"));
        await using var session = await ProxySession.OpenAsync(_silo.Client(certificate), "proxy-1", Hello);
        Assert.Equal(403, session.Status);
        Assert.Contains("bb.mc-demo", await session.TextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_CertificateOfAnotherAuthority_Is401()
    {
        var issuer = Pki.MakeIssuer(Pki.MakeAnchor("stranger", _silo.Pki.Now), _silo.Pki.Now, TimeSpan.FromDays(1));
        using var certificate = _silo.Pki.Leaf(
            n =>
            {
                n.AddDnsName(_silo.Pki.Options.ProxyIdentity.DnsName);
                n.AddUri(new Uri(_silo.Pki.Options.ProxyIdentity.SpiffeId));
            },
            issuer);
        await using var session = await ProxySession.OpenAsync(_silo.Client(certificate, issuer), "proxy-1", Hello);
        Assert.Equal(401, session.Status);
        Assert.Contains("no valid chain", await session.TextAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("west", "node-1", 403)]
    [InlineData("east", "node-2", 403)]
    public async Task Run_HelloOfAnotherNodeOrCluster_IsRefused(string cluster, string node, int status)
    {
        await using var session = await OpenAsync(new Hello { Cluster = cluster, Node = node });
        Assert.Equal(status, session.Status);
    }

    [Fact]
    public async Task Run_NoHelloFirst_Is400()
    {
        using var certificate = _silo.Pki.Issue(_silo.Pki.Options.ProxyIdentity);
        await using var session = await ProxySession.OpenAsync(
            _silo.Client(certificate), "proxy-1", new ProxyMessage { Traffic = new TrafficReport() });
        Assert.Equal(400, session.Status);
    }

    [Fact]
    public async Task Run_Session_CarriesHelloDemandAndUpdates()
    {
        var hello = Hello;
        hello.Held["pod/1"] = 11;
        await using var session = await OpenAsync(hello);
        Assert.Equal(200, session.Status);
        var grain = _silo.Grains.Node("east/node-1");
        await UntilAsync(() => grain.Session is not null, () => $"{grain.Hellos.Count} hellos");
        Assert.Equal(11u, grain.Hellos[0].Held["pod/1"]);
        Assert.Equal(["node-1"], _silo.Sessions.Nodes);

        var address = new SocketAddress { Ip = "10.0.0.1", Port = 80 };
        await session.SendAsync(new ProxyMessage { Demand = new Demand { Add = { address } } });
        await UntilAsync(() => grain.Demands.Count > 0, () => "no demand");
        Assert.Equal(address, Assert.Single(grain.Demands[0].Add));

        await grain.SendAsync(new Update { Upserts = { new Resource { Key = "pod/2", Version = 22 } }, Removals = { "pod/1" }, Complete = true });
        var update = (await session.ReadNewsAsync()).Update;
        Assert.Equal("pod/2", Assert.Single(update.Upserts).Key);
        Assert.Equal("pod/1", Assert.Single(update.Removals));
        Assert.True(update.Complete);

        // Renewed with what the proxy wants and holds now.
        await UntilAsync(() => grain.Hellos[^1].Held.ContainsKey("pod/2"), () => $"{grain.Hellos[^1]}");
        Assert.Equal(address, Assert.Single(grain.Hellos[^1].Demanded));
        Assert.False(grain.Hellos[^1].Held.ContainsKey("pod/1"));

        await session.EndAsync();
        await UntilAsync(() => grain.Detached == 1 && _silo.Grains.References == 0, () => $"{grain.Detached} detached");
        Assert.Empty(_silo.Sessions.Nodes);
    }

    [Fact]
    public async Task Run_GrainFails_AttachesAgainWithTheDemand()
    {
        var grain = _silo.Grains.Node("east/node-1");
        grain.Failure = new InvalidOperationException("no silo");
        await using var session = await OpenAsync(Hello);
        await UntilAsync(() => grain.Hellos.Count > 0, () => "never attached");
        await session.SendAsync(new ProxyMessage { Demand = new Demand { Add = { new SocketAddress { Ip = "10.0.0.1", Port = 80 } } } });
        await UntilAsync(() => grain.Hellos[^1].Demanded.Count == 1, () => $"{grain.Hellos[^1]}");
        grain.Failure = null;
        await UntilAsync(() => grain.Session is not null, () => "never attached");
    }

    [Fact]
    public async Task Run_CertificateRequest_OnlyForPodsOfThatNode()
    {
        _silo.AddPod("mc-demo", "bb-1", "bb", "node-1");
        _silo.AddPod("mc-demo", "other-1", "other", "node-2");
        _silo.AddPod("mc-demo", "done-1", "done", "node-1", phase: "Succeeded");
        _silo.AddPod("mesh-system", "mesh-silo-0", "mesh-silo", "node-1");
        await using var session = await OpenAsync(Hello);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        foreach (var (ns, account, allowed) in new[]
        {
            ("mc-demo", "bb", true), ("mc-demo", "other", false), ("mc-demo", "done", false), ("mesh-system", "mesh-silo", false),
            ("mesh-system", "mesh-proxy", true), ("mc-demo", "", false), ("mc-demo", "BB", false),
        })
        {
            await session.SendAsync(new ProxyMessage { CertificateRequest = Request(key, ns, account, 3) });
            var answer = (await session.ReadNewsAsync()).Certificate;
            Assert.Equal((3u, ns, account), (answer.Id, answer.Namespace, answer.ServiceAccount));
            Assert.True(allowed == (answer.Error.Length == 0), $"{ns}/{account}: {answer.Error}");
            Assert.Equal(allowed, answer.Chain.Count > 0);
        }
    }

    [Fact]
    public async Task Run_CertificateRequestBeforeTheInformerKnowsThePod_Waits()
    {
        await _silo.DisposeAsync();
        _silo = await SiloHarness.StartAsync(new NodeSessionOptions { PodPatience = Patience });
        await using var session = await OpenAsync(Hello);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await session.SendAsync(new ProxyMessage { CertificateRequest = Request(key, "mc-demo", "bb") });
        await session.SendAsync(new ProxyMessage { EnrolmentQuery = new EnrolmentQuery { Id = 5, Namespace = "mc-demo", Pod = "bb-1" } });
        _silo.AddPod("mc-demo", "bb-1", "bb", "node-1", meshed: true);
        SiloMessage[] answers = [await session.ReadNewsAsync(), await session.ReadNewsAsync()];
        Assert.Equal("", answers.Single(a => a.Certificate is not null).Certificate.Error);
        var enrolment = answers.Single(a => a.EnrolmentAnswer is not null).EnrolmentAnswer;
        Assert.Equal((5u, "uid-bb-1", EnrolmentAnswer.Types.Verdict.Meshed), (enrolment.Id, enrolment.Uid, enrolment.Verdict));
    }

    [Theory]
    [InlineData("meshed", "", EnrolmentAnswer.Types.Verdict.Meshed)]
    [InlineData("plain", "", EnrolmentAnswer.Types.Verdict.NotMeshed)]
    [InlineData("elsewhere", "", EnrolmentAnswer.Types.Verdict.NotKnown)]
    [InlineData("meshed", "uid-of-an-earlier-life", EnrolmentAnswer.Types.Verdict.NotKnown)]
    public async Task Run_EnrolmentQuery_IsAnswered(string pod, string uid, EnrolmentAnswer.Types.Verdict verdict)
    {
        _silo.AddPod("mc-demo", "meshed", "bb", "node-1", meshed: true);
        _silo.AddPod("mc-demo", "plain", "bb", "node-1");
        _silo.AddPod("mc-demo", "elsewhere", "bb", "node-2", meshed: true);
        await using var session = await OpenAsync(Hello);
        await session.SendAsync(new ProxyMessage { EnrolmentQuery = new EnrolmentQuery { Id = 9, Namespace = "mc-demo", Pod = pod, Uid = uid } });
        var answer = (await session.ReadNewsAsync()).EnrolmentAnswer;
        Assert.Equal((9u, verdict), (answer.Id, answer.Verdict));
    }

    [Fact]
    public async Task Run_TrafficReport_IsSplitByNamespaceAndKeptToTheNodesOwn()
    {
        _silo.AddPod("mc-demo", "bb-1", "bb", "node-1");
        _silo.AddPod("other", "x-1", "x", "node-1");
        await using var session = await OpenAsync(Hello);
        await session.SendAsync(new ProxyMessage
        {
            Traffic = new TrafficReport
            {
                Series =
                {
                    new TrafficSeries { Namespace = "mc-demo", Pod = "bb-1", Success = 1 },
                    new TrafficSeries { Namespace = "other", Pod = "x-1", Success = 2 },
                    new TrafficSeries { Namespace = "mc-demo", Pod = "bb-1", Success = 3, Tls = true },
                    new TrafficSeries { Namespace = "kube-system", Pod = "dns", Success = 4 },
                },
            },
        });
        var (demo, other) = (_silo.Grains.Traffic("east/mc-demo"), _silo.Grains.Traffic("east/other"));
        await UntilAsync(() => !demo.Reports.IsEmpty && !other.Reports.IsEmpty, () => "no report");
        var (node, report) = Assert.Single(demo.Reports);
        Assert.Equal("node-1", node);
        Assert.Equal([1u, 3u], report.Series.Select(s => s.Success));
        Assert.Equal(2u, Assert.Single(Assert.Single(other.Reports).Report.Series).Success);
        Assert.DoesNotContain("east/kube-system", _silo.Grains.TrafficKeys);
    }

    [Theory]
    [InlineData(new byte[] { 1, 0, 0, 0, 0 })]
    [InlineData(new byte[] { 0, 255, 255, 255, 255 })]
    [InlineData(new byte[] { 0, 0, 0, 0, 2, 0xff, 0xff })]
    public async Task Run_Garbage_EndsTheSession(byte[] bytes)
    {
        await using var session = await OpenAsync(Hello);
        await UntilAsync(() => _silo.Sessions.Nodes.Count == 1, () => "no session");
        await session.SendAsync(bytes);
        await UntilAsync(() => _silo.Sessions.Nodes.Count == 0, () => "the session goes on");
        await Assert.ThrowsAnyAsync<Exception>(session.ReadNewsAsync);
    }

    [Fact]
    public async Task Run_SilentProxy_IsDroppedAndGetsSignsOfLifeUntilThen()
    {
        await _silo.DisposeAsync();
        _silo = await SiloHarness.StartAsync(
            new NodeSessionOptions { Silence = TimeSpan.FromSeconds(1), KeepAlive = TimeSpan.FromMilliseconds(100) });
        await using var session = await OpenAsync(Hello);
        var first = await session.ReadAsync();
        Assert.Equal(new Update(), first!.Update);
        await UntilAsync(() => _silo.Sessions.Nodes.Count == 0, () => "the session goes on");
    }

    [Fact]
    public async Task Run_SecondSessionOfANode_ReplacesTheFirst()
    {
        await using var first = await OpenAsync(Hello);
        await UntilAsync(() => _silo.Sessions.Nodes.Count == 1, () => "no session");
        await using var second = await OpenAsync(Hello);
        while (await first.ReadAsync() is not null)
        {
            // Signs of life until it ends in order.
        }
        Assert.Equal(["node-1"], _silo.Sessions.Nodes);
    }

    [Fact]
    public async Task Stop_OpenSessions_EndInOrderAndSoon()
    {
        await using var session = await OpenAsync(Hello);
        var grain = _silo.Grains.Node("east/node-1");
        await UntilAsync(() => grain.Session is not null, () => "not attached");
        var started = TimeProvider.System.GetTimestamp();
        var stopping = _silo.StopAsync();
        try
        {
            while (await session.ReadAsync() is not null)
            {
                // Whatever is still under way.
            }
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            // The connection's own end overtook the stream's.
        }
        await stopping;
        Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(4));
        Assert.Equal(1, grain.Detached);
    }

    [Fact]
    public async Task Metrics_AfterASession_CountIt()
    {
        await using (var session = await OpenAsync(Hello))
        {
            await UntilAsync(() => _silo.Sessions.Nodes.Count == 1, () => "no session");
            await session.EndAsync();
            await UntilAsync(() => _silo.Sessions.Nodes.Count == 0, () => "the session goes on");
        }
        using var client = new HttpClient { BaseAddress = _silo.Health };
        var text = await client.GetStringAsync("/metrics", TestContext.Current.CancellationToken);
        Assert.Contains("mesh_silo_node_sessions_ended_total{reason=\"ClosedByProxy\"}", text, StringComparison.Ordinal);
        Assert.Contains("mesh_silo_issuer_expiry_seconds ", text, StringComparison.Ordinal);
    }

    private static Task UntilAsync(Func<bool> condition, Func<string> describe) =>
        Eventually.Holds(condition, Patience, describe, TestContext.Current.CancellationToken);

    private static CertificateRequest Request(ECDsa key, string ns, string account, ulong id = 1) =>
        new() { Id = id, Namespace = ns, ServiceAccount = account, Csr = ByteString.CopyFrom(Pki.Request(key)) };

    private async Task<ProxySession> OpenAsync(Hello hello)
    {
        var certificate = _silo.Pki.Issue(_silo.Pki.Options.ProxyIdentity);
        return await ProxySession.OpenAsync(_silo.Client(certificate), "proxy-1", hello);
    }

    private static async Task<(HttpStatusCode Status, byte[] Body)> CertifyAsync(HttpClient client, string? token, CertificateRequest certificate)
    {
        var body = new DuplexContent();
        await body.SendAsync(certificate);
        await body.EndAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, NodeSessionEndpoint.CertifyPath)
        {
            Content = body,
            Version = new Version(2, 0),
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        if (token is not null)
        {
            request.Headers.TryAddWithoutValidation("authorization", "Bearer " + token);
        }
        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        return (response.StatusCode, await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }
}
