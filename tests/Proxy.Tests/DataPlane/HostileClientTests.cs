using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Mesh.Proxy.DataPlane;
using Mesh.Proxy.Metrics;
using Mesh.Testing;

namespace Mesh.Proxy.Tests.DataPlane;

/// <summary>What arrives at the inbound port from whoever can reach it.</summary>
[Collection(nameof(EngineTests))]
public sealed class HostileClientTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task PlainRequest_WhereAnyoneMay_PassesWithoutIdentity()
    {
        await using var chain = TestChain.Start(Backend.Echo(), TestChain.Allow(TestChain.Anyone()));
        await using var client = await TestChain.ConnectAsync(chain.Server.InboundPort, Token);
        await client.WriteAsync("GET / HTTP/1.1\r\nHost: x\r\nL5D-Client-Id: forged\r\n\r\n"u8.ToArray(), Token);
        var (_, body) = await new WireReader(client).ReadResponseAsync(Token);
        Assert.Equal("GET / HTTP/1.1\r\nHost: x\r\n\r\n", body);
    }

    [Fact]
    public async Task PlainRequest_WhereIdentityIsNeeded_Is403WithoutExplanation()
    {
        await using var chain = TestChain.Start(Backend.Echo());
        await using var client = await TestChain.ConnectAsync(chain.Server.InboundPort, Token);
        await client.WriteAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray(), Token);
        var (head, _) = await new WireReader(client).ReadResponseAsync(Token);
        Assert.Equal("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n", head);
    }

    [Fact]
    public async Task GarbageBytes_NeverReachAnApplicationThatAllowsNobody_AndNothingElseSuffers()
    {
        await using var chain = TestChain.Start(Backend.Echo());
        var random = new Random(7);
        for (var i = 0; i < 200; i++)
        {
            await using var client = await TestChain.ConnectAsync(chain.Server.InboundPort, Token);
            var bytes = new byte[random.Next(1, 400)];
            random.NextBytes(bytes);
            if (i % 2 == 0)
            {
                // Looks like the beginning of TLS.
                bytes[0] = 22;
                bytes.AsSpan(1, Math.Min(2, bytes.Length - 1)).Fill(3);
            }
            await client.WriteAsync(bytes, Token);
            client.Socket.Shutdown(SocketShutdown.Send);
        }
        var (head, _) = await chain.ExchangeAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n", Token);
        Assert.StartsWith("HTTP/1.1 200", head, StringComparison.Ordinal);
        Assert.Equal(1, chain.Backend.Accepted);
        Assert.Equal(0, chain.Server.Errors(ConnectionDirection.Inbound, ProxyError.Internal));
    }

    [Fact]
    public async Task HalfAClientHello_IsCutOffAfterTheTimeLimit()
    {
        await using var chain = TestChain.Start(Backend.Echo(), TestChain.Allow(TestChain.Anyone()));
        await using var client = await TestChain.ConnectAsync(chain.Server.InboundPort, Token);
        await client.WriteAsync(new byte[] { 22, 3, 1, 1, 0, 1, 0, 0, 252, 3, 3 }, Token);
        await Assert.ThrowsAsync<IOException>(() => new WireReader(client).ReadToEndAsync(Token));
        Assert.Equal(1, await chain.Server.ErrorsAsync(ConnectionDirection.Inbound, ProxyError.Timeout));
        Assert.Equal(0, chain.Backend.Accepted);
    }

    [Fact]
    public async Task HalfAHandshake_IsCutOffAfterTheTimeLimit()
    {
        await using var chain = TestChain.Start(Backend.Echo(), TestChain.Allow(TestChain.Anyone()));
        await using var client = await TestChain.ConnectAsync(chain.Server.InboundPort, Token);
        await client.WriteAsync(HelloCapture.Hello("mesh/1"), Token);
        // The server's flight comes; the client never answers it.
        var read = await client.ReadAsync(new byte[16 * 1024], Token);
        Assert.True(read > 0);
        await Assert.ThrowsAsync<IOException>(() => new WireReader(client).ReadToEndAsync(Token));
        Assert.Equal(1, await chain.Server.ErrorsAsync(ConnectionDirection.Inbound, ProxyError.Timeout));
    }

    [Fact]
    public async Task Certificate_OfAnotherAuthority_IsRefused()
    {
        await using var chain = TestChain.Start(Backend.Echo(), TestChain.Allow(TestChain.Anyone()));
        await AssertRefusedAsync(chain, new TestAuthority().IssueRaw(Names));
    }

    [Fact]
    public async Task Certificate_WithTwoDnsNames_IsRefused()
    {
        await using var chain = TestChain.Start(Backend.Echo(), TestChain.Allow(TestChain.Anyone()));
        await AssertRefusedAsync(chain, chain.Authority.IssueRaw(names =>
        {
            Names(names);
            names.AddDnsName("admin.mc-demo.serviceaccount.identity.linkerd.cluster.local");
        }));
    }

    [Fact]
    public async Task Certificate_WhoseNamesDisagree_IsRefused()
    {
        await using var chain = TestChain.Start(Backend.Echo(), TestChain.Allow(TestChain.Anyone()));
        await AssertRefusedAsync(chain, chain.Authority.IssueRaw(names =>
        {
            names.AddDnsName(TestChain.ClientIdentity);
            names.AddUri(new Uri("spiffe://cluster.local/ns/mc-demo/sa/admin"));
        }));
    }

    [Fact]
    public async Task Certificate_WithoutNames_IsRefused()
    {
        await using var chain = TestChain.Start(Backend.Echo(), TestChain.Allow(TestChain.Anyone()));
        await AssertRefusedAsync(chain, chain.Authority.IssueRaw(null));
    }

    [Fact]
    public async Task Certificate_Expired_IsRefused()
    {
        await using var chain = TestChain.Start(Backend.Echo(), TestChain.Allow(TestChain.Anyone()));
        await AssertRefusedAsync(chain, chain.Authority.IssueRaw(Names, TimeProvider.System.GetUtcNow().AddMinutes(-1)));
    }

    [Fact]
    public async Task Certificate_OfAnotherTrustDomain_IsRefused()
    {
        await using var chain = TestChain.Start(Backend.Echo(), TestChain.Allow(TestChain.Anyone()));
        await AssertRefusedAsync(chain, chain.Authority.IssueRaw(names =>
        {
            names.AddDnsName("slow-cooker.mc-demo.serviceaccount.identity.linkerd.cluster.local.evil");
            names.AddUri(new Uri("spiffe://cluster.local.evil/ns/mc-demo/sa/slow-cooker"));
        }));
    }

    [Fact]
    public async Task Client_WithGoodCertificate_IsAccepted()
    {
        // What the refusals above are measured against.
        await using var chain = TestChain.Start(Backend.Echo());
        var (certificate, key) = chain.Authority.IssueRaw(Names);
        Assert.StartsWith("HTTP/1.1 200", await RequestAsync(chain, certificate.CopyWithPrivateKey(key)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Server_ThatIsSomebodyElse_IsNotSpokenTo()
    {
        await using var chain = TestChain.Start(Backend.Echo());
        chain.Client.Apply(TestChain.Endpoints(chain.ServerEndpoint("other.mc-demo.serviceaccount.identity.linkerd.cluster.local")));
        var (head, _) = await chain.ExchangeAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n", Token);
        Assert.StartsWith("HTTP/1.1 503", head, StringComparison.Ordinal);
        Assert.Contains("the endpoint is bb.mc-demo", head, StringComparison.Ordinal);
        Assert.Equal(0, chain.Backend.Accepted);
    }

    [Fact]
    public async Task Endpoint_WithAnIdentityThatIsNone_IsNeverSpokenToInPlaintext()
    {
        await using var backend = Backend.Echo();
        await using var chain = TestChain.Start(backend);
        var odd = chain.ServerEndpoint("not an identity");
        odd.Port = (uint)backend.Port;
        chain.Client.Apply(TestChain.Endpoints(odd));
        var (head, _) = await chain.ExchangeAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n", Token);
        Assert.StartsWith("HTTP/1.1 504", head, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connection_ToThePortOfTheProxyItself_IsRefused()
    {
        await using var chain = TestChain.Start(Backend.Echo(), TestChain.Allow(TestChain.Anyone()));
        foreach (var (ip, port) in new[] { ("127.0.0.1", chain.Server.InboundPort), ("127.0.0.1", 15001), ("127.0.0.1", 15006), ("10.1.2.3", 80) })
        {
            chain.Server.Original.Destinations[(chain.Server.Uid, ConnectionDirection.Inbound)] = TestNode.Endpoint(ip, port);
            // Perhaps it is cut off before connecting has returned.
            var failure = await Record.ExceptionAsync(async () =>
            {
                await using var client = await TestChain.ConnectAsync(chain.Server.InboundPort, Token);
                await new WireReader(client).ReadToEndAsync(Token);
            });
            Assert.True(failure is IOException or SocketException, failure?.ToString() ?? "not refused");
        }
        Assert.Equal(4, await chain.Server.ErrorsAsync(ConnectionDirection.Inbound, ProxyError.Loop));
    }

    [Fact]
    public async Task Pod_NotKnownToTheControlPlane_LetsNobodyIn()
    {
        await using var node = new TestNode("mc-demo", "new");
        node.Original.Destinations[(node.Uid, ConnectionDirection.Inbound)] = TestNode.Endpoint("127.0.0.1", 1);
        node.Engine.Start();
        await using var client = await TestChain.ConnectAsync(node.InboundPort, Token);
        await Assert.ThrowsAsync<IOException>(() => new WireReader(client).ReadToEndAsync(Token));
        Assert.Equal(1, await node.ErrorsAsync(ConnectionDirection.Inbound, ProxyError.UnknownPod));
    }

    [Fact]
    public async Task ProbePath_IsOpenToUnmeshedGetsOnly()
    {
        var policy = TestChain.Allow(TestChain.MeshTls(TestChain.ClientIdentity));
        policy.DefaultPolicy.ProbePaths.Add("/healthz");
        policy.DefaultPolicy.Authorizations.Add(new Interfaces.NodeSession.Authorization
        {
            Kind = "default",
            Name = "probe",
            Tls = Interfaces.NodeSession.TlsCondition.Unauthenticated,
            Networks = { new Interfaces.NodeSession.Network { Cidr = "0.0.0.0/0" } },
            ProbeOnly = true,
        });
        await using var chain = TestChain.Start(Backend.Echo(), policy);
        await using var client = await TestChain.ConnectAsync(chain.Server.InboundPort, Token);
        var wire = new WireReader(client);
        foreach (var (line, status) in new[]
        {
            ("GET /healthz", 200), ("GET /healthz?x=1", 200), ("POST /healthz", 403), ("GET /healthz/", 403), ("GET /health%7A", 403), ("GET /", 403),
        })
        {
            await client.WriteAsync(Encoding.ASCII.GetBytes($"{line} HTTP/1.1\r\nHost: x\r\n\r\n"), Token);
            var (head, _) = await wire.ReadResponseAsync(Token);
            Assert.StartsWith($"HTTP/1.1 {status}", head, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Certificate_Replaced_IsUsedByNewRequestsWhileOldConnectionsGoOn()
    {
        await using var chain = TestChain.Start(Backend.Echo());
        await using var client = await chain.ConnectAsync(Token);
        var wire = new WireReader(client);
        for (var i = 0; i < 5; i++)
        {
            await client.WriteAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray(), Token);
            Assert.StartsWith("HTTP/1.1 200", (await wire.ReadResponseAsync(Token)).Head, StringComparison.Ordinal);
            chain.Client.Engine.SetCertificate(chain.Authority.Issue("mc-demo", "slow-cooker"));
            chain.Server.Engine.SetCertificate(chain.Authority.Issue("mc-demo", "bb"));
        }
    }

    [Fact]
    public void Certificate_OfSomebodyElse_IsNotTaken()
    {
        var engine = new DataPlaneEngine(
            TestNode.Options(), Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance, TimeProvider.System);
        var other = new TestAuthority().Issue("mc-demo", "admin") with { ServiceAccount = "bb" };
        Assert.Contains("not that of mc-demo/bb", Assert.Throws<InvalidDataException>(() => engine.SetCertificate(other)).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidDataException>(() => engine.SetCertificate(other with { Chain = [new byte[] { 1, 2, 3 }] }));
    }

    private static void Names(SubjectAlternativeNameBuilder names)
    {
        names.AddDnsName(TestChain.ClientIdentity);
        names.AddUri(new Uri("spiffe://cluster.local/ns/mc-demo/sa/slow-cooker"));
    }

    private static async Task AssertRefusedAsync(
        TestChain chain, (X509Certificate2 Certificate, System.Security.Cryptography.ECDsa Key) client)
    {
        using var certificate = client.Certificate.CopyWithPrivateKey(client.Key);
        var failure = await Record.ExceptionAsync(() => RequestAsync(chain, certificate));
        Assert.True(failure is IOException or AuthenticationException, failure?.ToString() ?? "not refused");
        // The alert leaves before the loop counts why.
        await chain.Server.OnLoopAsync(() => true);
        Assert.Equal(1, await chain.Server.ErrorsAsync(ConnectionDirection.Inbound, ProxyError.Handshake));
        Assert.Equal(0, chain.Backend.Accepted);
    }

    private static async Task<string> RequestAsync(TestChain chain, X509Certificate2 certificate)
    {
        await using var stream = await TestChain.ConnectAsync(chain.Server.InboundPort, Token);
        await using var tls = new SslStream(stream);
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = "x",
                ApplicationProtocols = [new SslApplicationProtocol("mesh/1")],
                EnabledSslProtocols = SslProtocols.Tls13,
                ClientCertificateContext = SslStreamCertificateContext.Create(certificate, null, offline: true),
                RemoteCertificateValidationCallback = (_, _, _, _) => true,
            },
            Token);
        await tls.WriteAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray(), Token);
        var head = await new WireReader(tls).ReadHeadAsync(Token);
        return head ?? throw new IOException("The connection ended.");
    }
}
