using System.Text.Json;
using System.Text.RegularExpressions;
using Mesh.Proxy.DataPlane;
using Mesh.Proxy.Tests.DataPlane;
using Mesh.Proxy.Tests.Http2;
using Mesh.Testing;

namespace Mesh.Proxy.Tests.Tracing;

[Collection(nameof(EngineTests))]
public sealed class TracingChainTests
{
    private const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    private const string Caller = "00f067aa0ba902b7";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, string> Contexts { get; } = new()
    {
        { $"traceparent: 00-{Trace}-{Caller}-01", Trace },
        { $"Traceparent: cc-{Trace}-{Caller}-03-what-comes-later", Trace },
        { $"b3: {Trace}-{Caller}-1", Trace },
        { $"b3: {Trace}-{Caller}-d-0000000000000abc", Trace },
        { $"B3: {Trace[16..]}-{Caller}-1", Trace[16..].PadLeft(32, '0') },
        { $"X-B3-TraceId: {Trace}\r\nX-B3-SpanId: {Caller}\r\nX-B3-ParentSpanId: 0000000000000abc\r\nX-B3-Sampled: 1", Trace },
        { $"x-b3-traceid: {Trace}\r\nx-b3-spanid: {Caller}\r\nx-b3-flags: 1", Trace },
    };

    [Theory]
    [MemberData(nameof(Contexts))]
    public async Task Request_Sampled_MakesAChainOfSpansThatEndsAtTheApplication(string headers, string trace)
    {
        await using var collector = await FakeCollector.StartAsync();
        await using var backend = Backend.Echo();
        await using var chain = Start(backend.Port, collector.Address);
        var (_, head) = await chain.ExchangeAsync($"GET /a?secret=1 HTTP/1.1\r\nHost: x\r\n{headers}\r\n\r\n", Token);
        var (client, server) = await SpansAsync(collector);

        Assert.Equal([trace, trace], new[] { Text(client, "traceId"), Text(server, "traceId") });
        Assert.Equal(Caller, Text(client, "parentSpanId"));
        Assert.Equal(Text(client, "spanId"), Text(server, "parentSpanId"));
        // What the application gets is what was sent, with the last span in the caller's place, and its parent where there is a place for it.
        var expected = headers.Replace(Caller, Text(server, "spanId"), StringComparison.Ordinal)
            .Replace("0000000000000abc", Text(client, "spanId"), StringComparison.Ordinal);
        Assert.Contains($"\r\n{expected}\r\n", head, StringComparison.Ordinal);
        Assert.Equal((3, 2), (client.GetProperty("kind").GetInt32(), server.GetProperty("kind").GetInt32()));
        Assert.Equal("/a", FakeCollector.Attribute(server, "url.path"));
        Assert.Equal("200", FakeCollector.Attribute(server, "http.response.status_code"));
        Assert.Equal(TestChain.ClientIdentity, FakeCollector.Attribute(server, "client.id"));
        Assert.Equal("bb-target", FakeCollector.Attribute(client, "peer.service"));
        Assert.True(Nanoseconds(client, "startTimeUnixNano") < Nanoseconds(client, "endTimeUnixNano"));
    }

    [Fact]
    public async Task Request_OverHttp2_MakesTheSameChain()
    {
        await using var collector = await FakeCollector.StartAsync();
        await using var application = await Http2Application.StartAsync();
        await using var chain = Start(application.Port, collector.Address);
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{chain.Client.OutboundPort}") };
        var parents = new List<string>();
        // The second and third have the header block of the first: what was remembered of it must not be sent again.
        for (var i = 0; i < 3; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/trace")
            {
                Version = new Version(2, 0),
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            };
            request.Headers.Add("traceparent", $"00-{Trace}-{Caller}-01");
            using var response = await client.SendAsync(request, Token);
            parents.Add(response.Headers.GetValues("x-traceparent").Single());
        }
        await Eventually.Holds(() => collector.Spans.Count == 6, TimeSpan.FromSeconds(10), () => $"{collector.Spans.Count} spans", Token);
        var servers = collector.Spans.Where(span => span.Pod == "bb-0").Select(span => span.Span).ToList();
        var clients = collector.Spans.Where(span => span.Pod == "slow-cooker-0").Select(span => span.Span).ToList();
        Assert.Equal(parents.Order(), servers.Select(span => $"00-{Trace}-{Text(span, "spanId")}-01").Order());
        Assert.Equal(3, parents.Distinct().Count());
        Assert.Equal(clients.Select(span => Text(span, "spanId")).Order(), servers.Select(span => Text(span, "parentSpanId")).Order());
    }

    [Theory]
    [InlineData("X: y")]
    [InlineData($"traceparent: 00-{Trace}-{Caller}-00")]
    [InlineData($"traceparent: ff-{Trace}-{Caller}-01")]
    [InlineData($"traceparent: 00-{Trace}-{Caller}-01-more")]
    [InlineData($"traceparent: 00-00000000000000000000000000000000-{Caller}-01")]
    [InlineData($"traceparent: 00-{Trace}-0000000000000000-01")]
    [InlineData($"traceparent: 00-{Trace}-0x00000000000000-01")]
    [InlineData($"traceparent: 00-{Trace}-{Caller}-01\r\nx: y\r\nb3: 0")]
    [InlineData("traceparent: 00")]
    [InlineData("b3: 0")]
    [InlineData($"b3: {Trace}-{Caller}-0")]
    [InlineData($"b3: {Trace}-{Caller}-")]
    [InlineData($"b3: {Trace}-{Caller}")]
    [InlineData($"x-b3-traceid: {Trace}\r\nx-b3-spanid: {Caller}")]
    [InlineData($"x-b3-traceid: {Trace}\r\nx-b3-spanid: {Caller}\r\nx-b3-sampled: 0")]
    public async Task Request_NotSampledOrMalformed_PassesUnchanged(string headers)
    {
        var sampled = headers.Contains("b3: 0", StringComparison.Ordinal) && headers.StartsWith("traceparent", StringComparison.Ordinal);
        await using var collector = await FakeCollector.StartAsync();
        await using var backend = Backend.Echo();
        await using var chain = Start(backend.Port, collector.Address);
        var (_, head) = await chain.ExchangeAsync($"GET / HTTP/1.1\r\nHost: x\r\n{headers}\r\n\r\n", Token);
        Assert.Equal(!sampled, head.Contains($"\r\n{headers}\r\n", StringComparison.Ordinal));
        // The end of the engines sends what there is.
        await chain.Client.Engine.StopAsync(Token);
        await chain.Server.Engine.StopAsync(Token);
        Assert.Equal(sampled ? 2 : 0, collector.Spans.Count);
    }

    [Fact]
    public async Task Collector_Dead_CostsSpansAndNoRequest()
    {
        Uri address;
        await using (var collector = await FakeCollector.StartAsync())
        {
            address = collector.Address;
        }
        await using var backend = Backend.Echo();
        await using var chain = Start(backend.Port, address);
        for (var i = 0; i < 20; i++)
        {
            var (head, _) = await chain.ExchangeAsync($"GET / HTTP/1.1\r\nHost: x\r\ntraceparent: 00-{Trace}-{Caller}-01\r\n\r\n", Token);
            Assert.StartsWith("HTTP/1.1 200", head, StringComparison.Ordinal);
        }
        await Eventually.Holds(
            () => Metric(chain.Server.Engine, "trace_spans_dropped_total") == 20, TimeSpan.FromSeconds(10),
            () => $"{Metric(chain.Server.Engine, "trace_spans_dropped_total")} are dropped", Token);
        Assert.Equal(0, Metric(chain.Server.Engine, "trace_spans_exported_total"));
    }

    private static TestChain Start(int port, Uri collector) => TestChain.StartTo(
        port, clientOptions: TestNode.Options(traceCollector: collector), serverOptions: TestNode.Options(traceCollector: collector));

    private static async Task<(JsonElement Client, JsonElement Server)> SpansAsync(FakeCollector collector)
    {
        await Eventually.Holds(() => collector.Spans.Count == 2, TimeSpan.FromSeconds(10), () => $"{collector.Spans.Count} spans", Token);
        return (
            collector.Spans.Single(span => span.Pod == "slow-cooker-0").Span,
            collector.Spans.Single(span => span.Pod == "bb-0").Span);
    }

    private static string Text(JsonElement span, string name) => span.GetProperty(name).GetString()!;

    private static long Nanoseconds(JsonElement span, string name) =>
        long.Parse(Text(span, name), System.Globalization.CultureInfo.InvariantCulture);

    private static long Metric(DataPlaneEngine engine, string name)
    {
        var written = new System.Buffers.ArrayBufferWriter<byte>();
        engine.WritePrometheus(written);
        var text = System.Text.Encoding.UTF8.GetString(written.WrittenSpan);
        return long.Parse(MetricLine(name).Match(text).Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);
    }

    private static Regex MetricLine(string name) => new($@"^{name} (\d+)$", RegexOptions.Multiline);
}
