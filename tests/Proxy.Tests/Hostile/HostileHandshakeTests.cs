using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Mesh.Proxy.DataPlane;
using Mesh.Proxy.Metrics;
using Mesh.Proxy.Tests.Corpora;
using Mesh.Proxy.Tests.DataPlane;

namespace Mesh.Proxy.Tests.Hostile;

/// <summary>TLS that is slow, broken, old or anonymous.</summary>
[Collection(nameof(EngineTests))]
public sealed class HostileHandshakeTests
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(10);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ClientHello_ByteByByte_IsCutOffAfterTheTimeLimitWhateverItsProgress()
    {
        await using var chain = TestChain.Start(Backend.Echo(), TestChain.Allow(TestChain.Anyone()));
        await using var client = await TestChain.ConnectAsync(chain.Server.InboundPort, Token);
        // Announces a record of 16 KB, which would take minutes at this pace.
        Assert.InRange(await DripAsync(client, [22, 3, 1, 0x40, 0, 1, 0, 0x3F, 0xFC, 3, 3]), 5, 1_000);
        Assert.Equal(1, await chain.Server.ErrorsAsync(ConnectionDirection.Inbound, ProxyError.Timeout));
        Assert.Equal(0, chain.Backend.Accepted);
    }

    [Fact]
    public async Task Handshake_ByteByByte_IsCutOffAfterTheTimeLimitWhateverItsProgress()
    {
        await using var chain = TestChain.Start(Backend.Echo(), TestChain.Allow(TestChain.Anyone()));
        await using var client = await TestChain.ConnectAsync(chain.Server.InboundPort, Token);
        await client.WriteAsync(HelloCapture.Hello("mesh/1"), Token);
        Assert.True(await client.ReadAsync(new byte[16 * 1024], Token) > 0);
        Assert.InRange(await DripAsync(client, [23, 3, 3, 0x40, 0]), 5, 2_000);
        Assert.Equal(1, await chain.Server.ErrorsAsync(ConnectionDirection.Inbound, ProxyError.Timeout));
    }

    [Fact]
    public async Task ClientHellos_Mutated_AreRefusedAndNothingElseSuffers()
    {
        await using var chain = TestChain.Start(Backend.Echo());
        var random = new Random(9);
        var hello = HelloCapture.Hello("mesh/1");
        for (var i = 0; i < 300; i++)
        {
            var bytes = Mutations.Of(hello, random, [0, 1, 2, 3, 22, 43, 51, 127, 255], [hello]);
            if (bytes.Length == 0)
            {
                continue;
            }
            await using var client = await TestChain.ConnectAsync(chain.Server.InboundPort, Token);
            await client.WriteAsync(bytes, Token);
            client.Socket.Shutdown(SocketShutdown.Send);
            // Whatever it says, it ends: with an alert, with its own end, or with a reset.
            _ = await Record.ExceptionAsync(() => new WireReader(client).ReadToEndAsync(Token));
        }
        Assert.Equal(0, chain.Backend.Accepted);
        var (head, _) = await chain.ExchangeAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n", Token);
        Assert.StartsWith("HTTP/1.1 200", head, StringComparison.Ordinal);
        Assert.Equal(0, chain.Server.Errors(ConnectionDirection.Inbound, ProxyError.Internal));
    }

    [Fact]
    public async Task Client_WithoutCertificate_IsRefused()
    {
        await using var chain = TestChain.Start(Backend.Echo(), TestChain.Allow(TestChain.Anyone()));
        await AssertRefusedAsync(chain, null, SslProtocols.Tls13);
    }

    [Fact]
    public async Task Client_OfTls12_WhichCouldRenegotiate_IsRefused()
    {
        await using var chain = TestChain.Start(Backend.Echo(), TestChain.Allow(TestChain.Anyone()));
        await AssertRefusedAsync(chain, Certificate(chain), SslProtocols.Tls12);
    }

    [Fact]
    public async Task Client_ThatNeverReads_HoldsNothingButItsConnection()
    {
        // Hellos that are answered, and clients that take no answer: the others go on being served.
        await using var chain = TestChain.Start(Backend.Echo());
        var hello = HelloCapture.Hello("mesh/1");
        var silent = new List<NetworkStream>();
        for (var i = 0; i < 100; i++)
        {
            var client = await TestChain.ConnectAsync(chain.Server.InboundPort, Token);
            await client.WriteAsync(hello, Token);
            silent.Add(client);
        }
        var (head, _) = await chain.ExchangeAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n", Token);
        Assert.StartsWith("HTTP/1.1 200", head, StringComparison.Ordinal);
        foreach (var client in silent)
        {
            await using (client)
            {
                await Assert.ThrowsAsync<IOException>(() => new WireReader(client).ReadToEndAsync(Token));
            }
        }
        Assert.Equal(100, await chain.Server.ErrorsAsync(ConnectionDirection.Inbound, ProxyError.Timeout));
    }

    // Sends zeros one at a time until the other side has had enough.
    private static async Task<int> DripAsync(NetworkStream client, byte[] beginning)
    {
        await client.WriteAsync(beginning, Token);
        using var pace = new PeriodicTimer(Pace, TimeProvider.System);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var reading = new WireReader(client).ReadToEndAsync(ended.Token);
        var sent = 0;
        while (!reading.IsCompleted && await pace.WaitForNextTickAsync(Token))
        {
            try
            {
                await client.WriteAsync(new byte[1], Token);
                sent++;
            }
            catch (IOException)
            {
                break;
            }
        }
        await Assert.ThrowsAsync<IOException>(() => reading);
        return sent;
    }

    private static X509Certificate2 Certificate(TestChain chain)
    {
        var (certificate, key) = chain.Authority.IssueRaw(names =>
        {
            names.AddDnsName(TestChain.ClientIdentity);
            names.AddUri(new Uri("spiffe://cluster.local/ns/mc-demo/sa/slow-cooker"));
        });
        using (key)
        using (certificate)
        {
            return certificate.CopyWithPrivateKey(key);
        }
    }

    private static async Task AssertRefusedAsync(TestChain chain, X509Certificate2? certificate, SslProtocols protocol)
    {
        await using var stream = await TestChain.ConnectAsync(chain.Server.InboundPort, Token);
        await using var tls = new SslStream(stream);
        var failure = await Record.ExceptionAsync(async () =>
        {
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = "x",
                    ApplicationProtocols = [new SslApplicationProtocol("mesh/1")],
                    EnabledSslProtocols = protocol,
                    ClientCertificates = certificate is null ? null : [certificate],
                    RemoteCertificateValidationCallback = (_, _, _, _) => true,
                },
                Token);
            // In TLS 1.3 the client has finished before its certificate is looked at.
            await tls.WriteAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray(), Token);
            if (await tls.ReadAsync(new byte[1], Token) == 0)
            {
                throw new IOException("The connection ended.");
            }
        });
        Assert.True(failure is IOException or AuthenticationException, failure?.ToString() ?? "not refused");
        Assert.Equal(1, await chain.Server.ErrorsAsync(ConnectionDirection.Inbound, ProxyError.Handshake));
        Assert.Equal(0, chain.Backend.Accepted);
    }
}
