using System.Globalization;
using System.Text;
using Mesh.Interfaces.NodeSession;
using Mesh.Proxy.DataPlane;

namespace Mesh.Proxy.Tests.DataPlane;

/// <summary>A client pod's proxy in front of several applications outside the mesh, with the settings of their Service.</summary>
internal sealed class ResilientChain : IAsyncDisposable
{
    private readonly TestNode _client;
    private readonly Backend[] _backends;

    private ResilientChain(DataPlaneOptions? options, Backend[] backends)
    {
        _client = new TestNode("mc-demo", "slow-cooker", options);
        _backends = backends;
    }

    public TestNode Client => _client;

    public static ResilientChain Start(Action<Destination> configure, params Backend[] backends) => Start(configure, null, backends);

    public static ResilientChain Start(Action<Destination> configure, DataPlaneOptions? options, params Backend[] backends) =>
        Start(configure, options, backends, [.. backends.Select(backend => backend.Port)]);

    /// <summary>In front of applications that are there already.</summary>
    public static ResilientChain StartTo(Action<Destination> configure, params int[] ports) => Start(configure, null, [], ports);

    private static ResilientChain Start(Action<Destination> configure, DataPlaneOptions? options, Backend[] backends, int[] ports)
    {
        var chain = new ResilientChain(options, backends);
        var service = TestChain.Service();
        configure(service.Destination);
        chain._client.Apply(
            chain._client.Pod(TestChain.Allow(TestChain.Anyone())), service, TestChain.Endpoints([.. ports.Select(At)]));
        chain._client.Engine.Start();
        return chain;
    }

    /// <summary>An application outside the mesh.</summary>
    public static Endpoint At(Backend backend) => At(backend.Port);

    /// <inheritdoc cref="At(Backend)"/>
    public static Endpoint At(int port) => new()
    {
        Ip = "127.0.0.1",
        Port = (uint)port,
        Pod = $"pod-{port}",
        Cluster = "east",
        Ready = true,
    };

    /// <summary>An application that answers every request with what <paramref name="answer"/> makes of its head and body.</summary>
    public static Backend Answering(Func<string, string, (int Status, string Body)> answer) => new(async (stream, stop) =>
    {
        var reader = new WireReader(stream);
        while (await reader.ReadHeadAsync(stop) is { } head)
        {
            var body = "";
            if (Header(head, "content-length") is { } length)
            {
                body = await reader.ReadTextAsync(int.Parse(length, CultureInfo.InvariantCulture), stop);
            }
            else if (Header(head, "transfer-encoding") is not null)
            {
                body = await ReadChunksAsync(reader, stop);
            }
            var (status, text) = answer(head, body);
            await stream.WriteAsync(
                Encoding.Latin1.GetBytes($"HTTP/1.1 {status} X\r\nContent-Length: {text.Length}\r\n\r\n{text}"), stop);
        }
    });

    /// <summary>An application that reads requests and never answers.</summary>
    public static Backend Silent() => new(async (stream, stop) => await new WireReader(stream).ReadToEndAsync(stop));

    public static RetryPolicy Retry(uint first, uint last, uint limit = 1, uint timeout = 0) =>
        new() { Limit = limit, TimeoutMs = timeout, Http = { new StatusRange { First = first, Last = last } } };

    public async Task<(string Head, string Body)> ExchangeAsync(string request, CancellationToken cancellationToken)
    {
        await using var stream = await TestChain.ConnectAsync(_client.OutboundPort, cancellationToken);
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request), cancellationToken);
        return await new WireReader(stream).ReadResponseAsync(cancellationToken);
    }

    public string Metrics()
    {
        var text = new System.Buffers.ArrayBufferWriter<byte>();
        _client.Engine.WritePrometheus(text);
        return Encoding.UTF8.GetString(text.WrittenSpan);
    }

    /// <summary>The sum of all series of one metric.</summary>
    public long Metric(string name) => Metrics().Split('\n')
        .Where(line => line.StartsWith(name + "{", StringComparison.Ordinal))
        .Sum(line => long.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        foreach (var backend in _backends)
        {
            await backend.DisposeAsync();
        }
    }

    // All of a chunked body without trailers, as it came.
    private static async Task<string> ReadChunksAsync(WireReader reader, CancellationToken stop)
    {
        var all = new StringBuilder();
        while (true)
        {
            var line = "";
            while (!line.EndsWith("\r\n", StringComparison.Ordinal))
            {
                line += await reader.ReadTextAsync(1, stop);
            }
            var length = int.Parse(line.Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            all.Append(line).Append(await reader.ReadTextAsync(length + 2, stop));
            if (length == 0)
            {
                return all.ToString();
            }
        }
    }

    private static string? Header(string head, string name) =>
        head.Split("\r\n").FirstOrDefault(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))
            ?[(name.Length + 1)..].Trim();
}
