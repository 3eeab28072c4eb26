using Mesh.Proxy.DataPlane;
using Mesh.Proxy.Metrics;
using Mesh.Proxy.Reactor;

namespace Mesh.Proxy.Http1;

/// <summary>
/// Carries the requests of one client connection, one after the other: reads a head, has it admitted, finds an upstream connection, passes
/// request and response at the same time, gives the upstream connection back. Allocates nothing per request.
/// </summary>
internal sealed partial class Http1Relay(DownstreamConnection client, Exchange exchange)
{
    // A turn passes at most this many steps; then other connections have theirs.
    private const int MaxStepsPerTurn = 64;
    private const long LargeAfter = 128 * 1024;
    private readonly ByteStream _near = client.Stream;
    private Phase _phase = Phase.Head;
    private RequestHead _request;
    private ResponseHead _response;
    private BodyProgress _requestBody;
    private BodyProgress _responseBody;
    private long _started;
    private long _sent;
    private int _scannedTo;
    private int _responseScannedTo;
    // Bytes at the front of _near.In that have been sent and are kept until the response begins, in case they must be sent again.
    private int _held;
    private long _writtenBefore;
    private bool _keeps;
    private bool _headBegun;
    private int _resends;
    private bool _requestPassed;
    private bool _responseBegun;
    private bool _responsePassed;
    private bool _closeAfter;

    private enum Phase
    {
        /// <summary>Reads a request head, or waits for one.</summary>
        Head,

        /// <summary>Waits for an upstream connection.</summary>
        Connecting,

        /// <summary>Passes request and response.</summary>
        Exchange,

        /// <summary>Drops the body of a request that the proxy answered itself.</summary>
        Dropping,

        Over,
    }

    /// <summary>Goes on as far as the sockets allow.</summary>
    public void Drive()
    {
        if (_phase is Phase.Connecting or Phase.Exchange && _near.IsLost)
        {
            // Nobody waits for the response: who makes it is told. (A client that only ended its own direction may well wait.)
            client.Close(abort: true);
            return;
        }
        for (var steps = 0; steps < MaxStepsPerTurn; steps++)
        {
            if (client.IsClosed || !Step())
            {
                return;
            }
        }
        client.Loop.Defer(_near);
    }

    public void OnUpstreamOpen()
    {
        SendHead();
        Drive();
    }

    public void OnUpstreamFailed(ProxyError error, string reason)
    {
        if (_phase == Phase.Connecting)
        {
            Connect(UpstreamAttempt.AfterFailure, error, reason);
            Drive();
        }
    }

    public void OnTimer()
    {
        switch (_phase)
        {
            case Phase.Head when _headBegun:
                client.Count(ProxyError.Timeout, "the request head took too long");
                AnswerAndClose(408, "the request head took too long");
                break;
            case Phase.Connecting or Phase.Exchange when _deadlines.AreSet:
                OnLimit();
                Drive();
                break;
            case Phase.Exchange when !_responseBegun:
                client.Count(ProxyError.UpstreamTimeout, "no response came in time");
                exchange.FinishUpstream(reusable: false, failed: true);
                AnswerAndClose(504, "no response came in time");
                break;
            default:
                client.Close(abort: _phase == Phase.Exchange);
                break;
        }
    }

    private bool Step() => _phase switch
    {
        Phase.Head => ReadHead(),
        Phase.Exchange => PassBoth(),
        Phase.Dropping => DropBody(),
        _ => false,
    };

    private bool ReadHead()
    {
        var flushed = _near.Flush();
        if (flushed < 0)
        {
            return CloseIfFailed(flushed);
        }
        if (_closeAfter)
        {
            _phase = Phase.Over;
            client.CloseAfterLinger();
            return false;
        }
        SkipEmptyLines();
        var error = HeadScanner.Find(_near.In.Data, ref _scannedTo, out var length, client.Owner.Options.MaxHeaderBytes);
        if (error == HeadError.None && length == 0)
        {
            return ReadMoreHead();
        }
        if (error != HeadError.None)
        {
            return RefuseHead(error);
        }
        _scannedTo = 0;
        _headBegun = false;
        return BeginRequest(length);
    }

    private bool ReadMoreHead()
    {
        if (_near.In.IsFull)
        {
            _near.In.Grow();
        }
        var read = _near.Fill();
        switch (read)
        {
            case > 0:
                if (!_headBegun)
                {
                    _headBegun = true;
                    _near.SetDeadline(client.Owner.Options.HeadTimeout);
                }
                return true;
            case IoResult.Again:
                if (_near.In.IsEmpty)
                {
                    _near.In.ReleaseIfEmpty();
                    if (client.ClosesIdle)
                    {
                        client.CloseAfterLinger();
                        return false;
                    }
                    if (!_headBegun)
                    {
                        _near.SetDeadline(client.Owner.Options.ClientIdleTimeout);
                    }
                }
                return false;
            default:
                client.Close(abort: read == IoResult.Failed);
                return false;
        }
    }

    // RFC 9112 section 2.2: an empty line before the request line is ignored.
    private void SkipEmptyLines()
    {
        if (_scannedTo != 0)
        {
            return;
        }
        while (_near.In.Data.StartsWith("\r\n"u8))
        {
            _near.In.Consume(2);
        }
    }

    private bool RefuseHead(HeadError error)
    {
        var (status, reason) = HttpAnswers.For(error);
        client.Count(ProxyError.BadRequest, reason);
        AnswerAndClose(status, reason);
        return false;
    }

    private bool BeginRequest(int length)
    {
        var head = _near.In.Data[..length];
        var error = RequestHeadParser.Parse(head, out _request);
        if (error != HeadError.None)
        {
            return RefuseHead(error);
        }
        _started = client.Loop.NowMicroseconds;
        _resends = 0;
        _requestPassed = _responseBegun = _responsePassed = _keeps = false;
        _responseScannedTo = 0;
        _held = 0;
        _closeAfter = !_request.KeepAlive;
        _requestBody = BodyProgress.Start(_request.Framing, _request.ContentLength);
        exchange.IsUnrepeatable = !_request.IsIdempotent;
        if (_request.Verb == HttpVerb.Connect)
        {
            // Who wants a tunnel through the mesh has the mesh already.
            client.Count(ProxyError.BadRequest, "CONNECT");
            AnswerAndClose(405, "CONNECT is not for this proxy: connect to the destination directly");
            return false;
        }
        if (exchange.Admit(RequestView.Of(head, _request)) != 0)
        {
            return Forbid();
        }
        exchange.Span?.PassOn(_near.In.Writable[_request.HeadersStart..length]);
        StartLimits();
        return Connect(UpstreamAttempt.First, ProxyError.None, "");
    }

    /// <returns>Whether to go on at once.</returns>
    private bool Connect(UpstreamAttempt attempt, ProxyError lastError, string lastReason)
    {
        _phase = Phase.Connecting;
        switch (exchange.StartUpstream(attempt, fresh: _resends > 0, out var error, out var reason))
        {
            case UpstreamStart.Ready:
                SendHead();
                return true;
            case UpstreamStart.Pending:
                return false;
            default:
                client.Count(error, reason);
                // That the service cannot be reached is known by now: it is said as to those who are told without a trial.
                var timedOut = lastError is (ProxyError.ConnectTimeout or ProxyError.Timeout) && !exchange.IsTrial;
                var all = lastReason.Length > 0 && !reason.Contains(lastReason, StringComparison.Ordinal) ? $"{reason}: {lastReason}" : reason;
                var unreachable = client.Direction == ConnectionDirection.Inbound && client.ExplainsErrors;
                // The service may be gone for good and its name stand for another address by now: only a client that connects again asks.
                _closeAfter |= client.Direction == ConnectionDirection.Outbound && error != ProxyError.EndpointsOut;
                return Answer(timedOut && !unreachable ? 504 : 503, all, unreachable);
        }
    }

    private void SendHead()
    {
        var upstream = exchange.Upstream!;
        _phase = Phase.Exchange;
        _sent = client.Loop.NowMicroseconds;
        if (_resends == 0)
        {
            // Once per endpoint tried.
            exchange.Series?.RequestStarted();
            client.CountBytes(exchange.Series);
        }
        _writtenBefore = upstream.Stream.BytesWritten;
        var head = _near.In.Data[.._request.Length];
        if (!HeadRewriter.TryWriteRequest(head, _request, client.DropsReservedHeaders, client.RequestHeaders, upstream.Stream.Out))
        {
            exchange.FinishUpstream(reusable: false, failed: false);
            client.Count(ProxyError.BadRequest, "the head does not fit");
            AnswerAndClose(431, "the request head is larger than 64 KB");
            return;
        }
        _keeps = ShouldKeep(upstream);
        if (_keeps)
        {
            _held = _request.Length;
        }
        else
        {
            _near.In.Consume(_request.Length);
        }
    }

    // A request is kept until its response begins where it may have to be sent again: if its route wants retries as far as the buffer goes;
    // otherwise only when it is all there, for the case that a pooled connection turns out to be gone, or the endpoint's application.
    private bool ShouldKeep(UpstreamConnection upstream)
    {
        var total = _request.Length + _request.ContentLength;
        return exchange.Settings.Retry is not null
            ? total <= Retries.RetryRule.MaxRequestBytes
            : (CanResend(upstream) || CanGoElsewhere(upstream))
                && _request.Framing is BodyFraming.None or BodyFraming.Length && total <= _near.In.Length;
    }

    // The peer may have acted on a request that it did not answer: only if that does no harm, or if nothing of the request has left, is it
    // sent again without being asked to.
    private bool CanResend(UpstreamConnection upstream) =>
        upstream.IsReused && _resends < Exchange.MostResends && (_request.IsIdempotent || upstream.Stream.BytesWritten == _writtenBefore);

    private bool CanGoElsewhere(UpstreamConnection upstream) =>
        client.Direction == ConnectionDirection.Outbound && upstream.IsMeshed;

    private bool PassBoth()
    {
        var moved = PassRequest();
        if (_phase != Phase.Exchange || client.IsClosed)
        {
            return !client.IsClosed;
        }
        moved |= PassResponse();
        if (_phase != Phase.Exchange || client.IsClosed)
        {
            return !client.IsClosed;
        }
        if (_responsePassed && _near.Out.IsEmpty)
        {
            Complete();
            return !client.IsClosed;
        }
        return moved;
    }

    private void Complete()
    {
        var now = client.Loop.NowMicroseconds;
        exchange.Series?.Responded(_response.Status, -1, now - _started, client.Loop.Now);
        client.CountBytes(exchange.Series);
        Conclude(_response.Status);
        var upstreamReusable = _response.KeepAlive && _requestPassed && exchange.Upstream!.Stream.Out.IsEmpty;
        exchange.FinishUpstream(upstreamReusable, failed: _response.IsUnreachable);
        EndLimits();
        // An answer to half a request: the rest must not be taken for the next one. The client has not been told that the connection ends
        // (RFC 9112 section 9.6), and may send its next request on it.
        _phase = _requestPassed ? Phase.Head : Phase.Dropping;
        if (!_closeAfter && _near.In.IsEmpty)
        {
            _near.In.ReleaseIfEmpty();
        }
    }

    /// <summary>The client's connection is being closed.</summary>
    public void OnClosing() => Conclude(_responseBegun ? _response.Status : 0);

    /// <param name="status">What the client was told; 0: nothing.</param>
    private void Conclude(int status) => exchange.Conclude(new RequestOutcome(
        status, -1, _requestBody.Passed, _responseBegun ? _responseBody.Passed : 0, Math.Max(0, _sent - _started),
        client.Loop.NowMicroseconds));

    private bool CloseIfFailed(int result)
    {
        if (result == IoResult.Failed)
        {
            client.Close(abort: true);
        }
        return false;
    }
}
