using System.Text;
using Mesh.Interfaces.NodeSession;
using Mesh.Proxy.DataPlane;
using Mesh.Proxy.Tests.DataPlane;

namespace Mesh.Proxy.Tests.Tls;

/// <summary>Certificates, issuers and trust anchors are replaced under traffic; and what is not trusted any more ends.</summary>
public sealed class RotationTests
{
    private const string Request = "GET / HTTP/1.1\r\nHost: bb\r\n\r\n";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Requests_WhileLeafIssuerAndAnchorsAreReplaced_AllSucceed(bool shareConnections)
    {
        await using var chain = TestChain.Start(
            Backend.Echo(), clientOptions: Patient(shareConnections), serverOptions: Patient(shareConnections));
        var old = new CertificateForge();
        var nextIssuer = old.WithNextIssuer();
        var next = new CertificateForge();
        // Proxies are told one after the other, so each step must hold with a peer that has not made it yet.
        (CertificateForge Forge, CertificateForge[] Anchors)[] steps =
        [
            (old, [old]),
            (old, [old]),
            (nextIssuer, [old]),
            (nextIssuer, [old, next]),
            (next, [old, next]),
            (next, [next]),
        ];
        Set(chain.Client, steps[0]);
        Set(chain.Server, steps[0]);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var counts = new int[4];
        var clients = Enumerable.Range(0, counts.Length).Select(i => RunAsync(chain, counts, i, stop.Token)).ToList();
        foreach (var step in steps.Skip(1))
        {
            await ProgressAsync(clients, counts);
            Set(chain.Client, step);
            await ProgressAsync(clients, counts);
            Set(chain.Server, step);
        }
        await ProgressAsync(clients, counts);
        await stop.CancelAsync();
        await Task.WhenAll(clients);
        Assert.Equal(0, chain.Client.Errors(ConnectionDirection.Outbound, Mesh.Proxy.Metrics.ProxyError.Handshake));
        Assert.Equal(0, chain.Server.Errors(ConnectionDirection.Inbound, Mesh.Proxy.Metrics.ProxyError.Handshake));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task OpaqueConnection_WhenItsPeersAnchorIsRemoved_IsClosed(bool atTheServer)
    {
        await using var chain = TestChain.Start(Backend.Echo(), protocol: Protocol.Opaque);
        var (old, next) = (new CertificateForge(), new CertificateForge());
        Set(chain.Client, (old, [old]));
        Set(chain.Server, (old, [old]));
        await using var stream = await chain.ConnectAsync(Token);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(Request), Token);
        _ = await new WireReader(stream).ReadResponseAsync(Token);
        // With the bundle it stays.
        Set(atTheServer ? chain.Server : chain.Client, (old, [old, next]));
        await stream.WriteAsync(Encoding.ASCII.GetBytes(Request), Token);
        _ = await new WireReader(stream).ReadResponseAsync(Token);
        Set(atTheServer ? chain.Server : chain.Client, (old, [next]));
        var ended = await ReadEndAsync(stream);
        Assert.True(ended, "the connection went on although no trust anchor stands behind its peer");
    }

    /// <summary>As in production, but for limits that a busy machine would exceed: what is tested is not how fast it is.</summary>
    private static DataPlaneOptions Patient(bool shareConnections) => new()
    {
        Loops = 1,
        SocketMark = 0,
        ShareConnections = shareConnections,
        ConnectTimeout = TimeSpan.FromSeconds(30),
        DetectTimeout = TimeSpan.FromSeconds(30),
        HandshakeTimeout = TimeSpan.FromSeconds(30),
    };

    private static void Set(TestNode node, (CertificateForge Forge, CertificateForge[] Anchors) step) => node.Engine.SetCertificate(
        step.Forge.Issue(node.Namespace, node.ServiceAccount) with
        {
            TrustAnchors = [.. step.Anchors.Select(anchor => (ReadOnlyMemory<byte>)anchor.Anchor)],
        });

    // Two clients keep their connection, two make one per request.
    private static async Task RunAsync(TestChain chain, int[] counts, int index, CancellationToken stop)
    {
        await using var kept = await chain.ConnectAsync(Token);
        var reader = new WireReader(kept);
        while (!stop.IsCancellationRequested)
        {
            string head;
            if (index % 2 == 0)
            {
                await kept.WriteAsync(Encoding.ASCII.GetBytes(Request), Token);
                (head, _) = await reader.ReadResponseAsync(Token);
            }
            else
            {
                (head, _) = await chain.ExchangeAsync(Request, Token);
            }
            Assert.True(head.StartsWith("HTTP/1.1 200", StringComparison.Ordinal), head);
            Interlocked.Increment(ref counts[index]);
        }
    }

    /// <summary>Waits until every client has had 20 more answers.</summary>
    private static async Task ProgressAsync(List<Task> clients, int[] counts)
    {
        var goals = counts.Select((_, i) => Volatile.Read(ref counts[i]) + 20).ToArray();
        while (goals.Where((goal, i) => Volatile.Read(ref counts[i]) < goal).Any())
        {
            if (clients.Find(client => client.IsCompleted) is { } failed)
            {
                await failed;
            }
            await Task.Yield();
            Token.ThrowIfCancellationRequested();
        }
    }

    private static async Task<bool> ReadEndAsync(Stream stream)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(TimeSpan.FromSeconds(20));
        try
        {
            return await stream.ReadAsync(new byte[1], limit.Token) == 0;
        }
        catch (IOException)
        {
            return true;
        }
        catch (OperationCanceledException) when (!Token.IsCancellationRequested)
        {
            return false;
        }
    }
}
