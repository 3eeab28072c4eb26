using Mesh.Interfaces.NodeSession;
using Mesh.Proxy.Metrics;
using Mesh.Proxy.Tests.DataPlane;

namespace Mesh.Proxy.Tests.Hostile;

/// <summary>No client can make the proxy remember labels without end.</summary>
[Collection(nameof(EngineTests))]
public sealed class MetricLabelTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Requests_OfManyHostsPathsMethodsAndStatuses_CountInOneSeries()
    {
        await using var chain = TestChain.Start(Backend.Echo());
        var (head, _) = await chain.ExchangeAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n", Token);
        Assert.StartsWith("HTTP/1.1 200", head, StringComparison.Ordinal);
        var before = (chain.Client.Loop.Metrics.Snapshot().Length, chain.Server.Loop.Metrics.Snapshot().Length);
        for (var i = 0; i < 200; i++)
        {
            (head, _) = await chain.ExchangeAsync(
                $"M{i} /{i}?a={i} HTTP/1.1\r\nHost: host-{i}:{i}\r\nUser-Agent: {i}\r\nl5d-{i}: x\r\nForwarded: host={i}\r\n\r\n",
                Token);
            Assert.StartsWith("HTTP/1.1 200", head, StringComparison.Ordinal);
        }
        Assert.Equal(before, (chain.Client.Loop.Metrics.Snapshot().Length, chain.Server.Loop.Metrics.Snapshot().Length));
    }

    [Fact]
    public async Task Labels_OfARequestThatPolicyAllows_NameTheGroupsOfWhatDecided()
    {
        await using var chain = TestChain.Start(Backend.Echo());
        await chain.ExchangeAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n", Token);
        var written = new System.Buffers.ArrayBufferWriter<byte>();
        chain.Server.Engine.WritePrometheus(written);
        var text = System.Text.Encoding.UTF8.GetString(written.WrittenSpan);
        Assert.Contains("srv_group=\"policy.linkerd.io\",srv_kind=\"server\",srv_name=\"bb-server\"", text, StringComparison.Ordinal);
        Assert.Contains("authz_group=\"policy.linkerd.io\",authz_kind=\"authorizationpolicy\"", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Find_OfMoreLabelsThanTheLimit_CountsTheRestTogether()
    {
        var metrics = new LoopMetrics(maxSeries: 10);
        for (var i = 0; i < 1_000; i++)
        {
            var series = metrics.Find(new SeriesKey
            {
                Direction = TrafficSeries.Types.Direction.Inbound,
                Pod = "bb-0",
                PeerIdentity = $"client-{i}",
            });
            Assert.Equal(i < 10 ? $"client-{i}" : "", series.Key.PeerIdentity);
        }
        Assert.Equal(11, metrics.Snapshot().Length);
    }
}
