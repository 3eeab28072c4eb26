using System.Text;
using Mesh.Proxy.DataPlane;
using Mesh.Proxy.Http2.Hpack;
using Mesh.Proxy.Metrics;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Tracing;

/// <summary>
/// What the proxy tells the collector of one request. One is made for each request whose caller wants it recorded, and handed over to the
/// exporter when it is done; it is not changed after that.
/// </summary>
internal sealed class RequestSpan
{
    private readonly TraceContext _context;
    private readonly long _started;

    /// <param name="context">The trace it belongs to.</param>
    /// <param name="connection">Which it came over.</param>
    /// <param name="request">What is asked for.</param>
    public RequestSpan(in TraceContext context, DownstreamConnection connection, in RequestView request)
    {
        _context = context;
        SpanId = (ulong)Random.Shared.NextInt64(1, long.MaxValue);
        Pod = connection.Pod.Pod;
        Direction = connection.Direction;
        Peer = connection.Peer.ToString();
        Start = connection.Owner.State.Time.GetUtcNow();
        _started = connection.Loop.NowMicroseconds;
        Method = Encoding.Latin1.GetString(request.Method);
        // Without its query, which may carry what nobody else should read.
        Path = Encoding.Latin1.GetString(RequestPath.Of(request.Target));
    }

    public UInt128 TraceId => _context.TraceId;

    public ulong ParentId => _context.ParentId;

    public ulong SpanId { get; }

    public EnrolledPod Pod { get; }

    /// <summary>Inbound: the server's side of the request; outbound: the client's.</summary>
    public ConnectionDirection Direction { get; }

    /// <summary>The client's address.</summary>
    public string Peer { get; }

    public DateTimeOffset Start { get; }

    public string Method { get; }

    public string Path { get; }

    public RequestOutcome Outcome { get; private set; }

    public TimeSpan Duration => TimeSpan.FromMicroseconds(Outcome.Ended - _started);

    /// <summary>What it is counted as; null: nothing.</summary>
    public SeriesKey? Labels { get; private set; }

    /// <summary>What the request is sent on with: this span as its caller.</summary>
    /// <param name="lines">The header lines.</param>
    public void PassOn(Span<byte> lines) => TraceHeaders.Replace(lines, _context, SpanId);

    /// <inheritdoc cref="PassOn(Span{byte})"/>
    public void PassOn(HeaderList fields) => TraceHeaders.Replace(fields, _context, SpanId);

    public void End(in RequestOutcome outcome, SeriesKey? labels)
    {
        Outcome = outcome;
        Labels = labels;
    }
}
