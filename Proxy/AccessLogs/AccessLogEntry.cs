using Mesh.Proxy.DataPlane;
using Mesh.Proxy.Reactor;

namespace Mesh.Proxy.AccessLogs;

/// <summary>
/// What the access log will say of a request that is under way: its head is gone from the buffers long before its response has ended.
/// </summary>
internal sealed class AccessLogEntry
{
    // Of each value. The request line is what attackers make long.
    private const int MostKept = 4096;
    private readonly int[] _ends = new int[5];
    private byte[] _text = new byte[512];
    private int _length;

    public PodModel Pod { get; private set; } = null!;

    public SocketEndpoint Peer { get; private set; }

    /// <summary>Loop time, in microseconds.</summary>
    public long Started { get; private set; }

    public DateTimeOffset Timestamp { get; private set; }

    public RequestVersion Version { get; private set; }

    /// <summary>The client's identity as a DNS name; empty: it has none.</summary>
    public byte[] ClientId { get; private set; } = [];

    public ReadOnlySpan<byte> Method => Text(Part.Method);

    /// <summary>As sent: a path in HTTP/1, scheme and authority before it in HTTP/2.</summary>
    public ReadOnlySpan<byte> Uri => Text(Part.Uri);

    public ReadOnlySpan<byte> Host => Text(Part.Host);

    public ReadOnlySpan<byte> UserAgent => Text(Part.UserAgent);

    public ReadOnlySpan<byte> TraceId => Text(Part.TraceId);

    private enum Part
    {
        Method,
        Uri,
        Host,
        UserAgent,
        TraceId,
    }

    public void Begin(InboundConnection client, PodModel pod, in RequestView request, DateTimeOffset timestamp, long started)
    {
        (Pod, Peer, ClientId, Version, Timestamp, Started) = (pod, client.Peer, client.ClientId, request.Version, timestamp, started);
        _length = 0;
        Keep(Part.Method, request.Method);
        var host = request.Host;
        if (request.Version == RequestVersion.Http2)
        {
            Keep(request.Scheme);
            Keep("://"u8);
            Keep(host);
        }
        Keep(Part.Uri, request.Target);
        Keep(Part.Host, host);
        Keep(Part.UserAgent, request.TryGetHeader("user-agent"u8, out var agent) ? agent : default);
        // Linkerd's choice, and before it what its tracing looks at first.
        Keep(Part.TraceId,
            request.TryGetHeader("traceparent"u8, out var trace) && trace.Length >= 35 ? trace[3..35]
            : request.TryGetHeader("x-b3-traceid"u8, out trace) ? trace
            : request.TryGetHeader("x-request-id"u8, out trace) ? trace
            : request.TryGetHeader("x-amzn-trace-id"u8, out trace) ? trace : default);
    }

    private ReadOnlySpan<byte> Text(Part part)
    {
        var start = part == 0 ? 0 : _ends[(int)part - 1];
        return _text.AsSpan(start, _ends[(int)part] - start);
    }

    private void Keep(Part part, ReadOnlySpan<byte> value)
    {
        Keep(value);
        _ends[(int)part] = _length;
    }

    private void Keep(ReadOnlySpan<byte> value)
    {
        value = value[..Math.Min(value.Length, MostKept)];
        if (_text.Length - _length < value.Length)
        {
            Array.Resize(ref _text, Math.Max(_text.Length * 2, _length + value.Length));
        }
        value.CopyTo(_text.AsSpan(_length));
        _length += value.Length;
    }
}
