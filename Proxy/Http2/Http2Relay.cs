using System.Diagnostics;
using Mesh.Proxy.DataPlane;
using Mesh.Proxy.Http1;
using Mesh.Proxy.Http2.Frames;
using Mesh.Proxy.Http2.Hpack;
using Mesh.Proxy.Metrics;

namespace Mesh.Proxy.Http2;

/// <summary>
/// Carries one request of an HTTP/2 connection: has it admitted, finds a connection to an endpoint and opens a stream on it, passes request
/// and response at the same time, trailers included. Reused for one request after the other, so that none allocates.
/// </summary>
internal sealed partial class Http2Relay : IHttp2StreamUser, ISessionWaiter, Reactor.ITimerTarget
{
    // A request is kept this far, until its response begins, in case it has to be sent again elsewhere. Linkerd's limit.
    private const int MostHeld = 64 * 1024;
    private readonly Http2Server _server;
    private readonly DownstreamConnection _client;
    private readonly Exchange _exchange;
    private readonly HeaderList _request = new();
    private readonly HeaderList _requestTrailers = new();
    private readonly HeaderList _response = new();
    private readonly HeaderList _responseTrailers = new();
    private readonly BodyPipe _upload;
    private readonly BodyPipe _download;
    private readonly Reactor.BlockQueue _held;
    private Http2Stream? _near;
    private Http2Stream? _far;
    private UpstreamSession? _awaited;
    private RequestInfo _info;
    private long _started;
    private long _sent;
    private int _resends;
    private bool _holds;
    private bool _requestSent;
    private bool _requestTrailersDue;
    private bool _responseBegun;
    private bool _responseDue;
    private bool _responseEnds;
    private bool _responseTrailersDue;
    private int _status;
    private int _grpcStatus;
    private bool _isActive;

    public Http2Relay(Http2Server server, DownstreamConnection client)
    {
        _server = server;
        _client = client;
        _exchange = client.CreateExchange();
        _upload = new BodyPipe(client.Loop.Buffers);
        _download = new BodyPipe(client.Loop.Buffers);
        _held = new Reactor.BlockQueue(client.Loop.Buffers);
        _timer = new Reactor.LoopTimer(this);
    }

    /// <summary>Begins with a request.</summary>
    /// <param name="stream">Where it came.</param>
    /// <param name="headers">Its fields; empty when they were too large.</param>
    /// <param name="info">What they say.</param>
    /// <param name="end">Whether it has no body.</param>
    public void Begin(Http2Stream stream, HeaderList headers, in RequestInfo info, bool end)
    {
        Debug.Assert(!_isActive, "a relay carries one request at a time");
        stream.Attach(this);
        _isActive = true;
        _near = stream;
        _info = info;
        _started = _client.Loop.NowMicroseconds;
        _status = 0;
        _grpcStatus = -1;
        _holds = true;
        _resends = 0;
        _requestWhole = _peeks = false;
        _requestSent = _requestTrailersDue = _responseBegun = _responseDue = _responseEnds = _responseTrailersDue = false;
        if (end)
        {
            _upload.Push(null, null, default, end: true);
        }
        if (headers.Count == 0)
        {
            Refuse(431, "the request's header fields are larger than this proxy takes");
            return;
        }
        if (info.IsConnect)
        {
            Refuse(405, "CONNECT is not for this proxy: connect to the destination directly");
            return;
        }
        CopyFields(headers, _request, info.HasReserved);
        if (_exchange.Admit(RequestView.Of(headers, info)) != 0)
        {
            _client.CountBytes(_exchange.Series);
            Answer(403, "unauthorized request on route", counted: false);
            return;
        }
        StartLimits();
        _exchange.Span?.PassOn(_request);
        Connect(UpstreamAttempt.First, ProxyError.None, "");
    }

    public void OnSessionOpen(UpstreamSession session)
    {
        _awaited = null;
        if (!TryOpen(session))
        {
            GoToAnotherConnection("the connection to the endpoint takes no more streams");
        }
    }

    public void OnSessionFailed(ProxyError error, string reason)
    {
        _awaited = null;
        OnFarFailed(error, reason);
    }

    public void OnHeaders(Http2Stream stream, HeaderList headers, bool end)
    {
        if (stream == _near)
        {
            OnRequestTrailers(headers);
        }
        else if (_peeks)
        {
            OnPeekedTrailers(headers);
        }
        else if (_responseBegun)
        {
            OnResponseTrailers(headers);
        }
        else
        {
            OnResponse((Http2ClientSession)stream.Session, headers, end);
        }
    }

    public void OnData(Http2Stream stream, ReadOnlySpan<byte> data, bool end)
    {
        Touch();
        if (stream == _far && _peeks && (end || data.Length > 0))
        {
            BeginPeeked();
        }
        if (stream == _near)
        {
            Hold(data);
            _upload.Push(_near, _requestSent ? _far : null, data, end);
            CheckRequestWhole();
        }
        else if (!_responseBegun && !_peeks)
        {
            // RFC 9113 section 8.1: headers come first.
            FailFar(Http2Error.ProtocolError, ProxyError.BadResponse, "the endpoint's response has a body before its headers");
        }
        else
        {
            _download.Push(_far, _responseDue ? null : _near, data, end);
            EndIfDone();
        }
    }

    public void OnWritable(Http2Stream stream)
    {
        if (stream == _far)
        {
            GoOnAsking(stream);
        }
        else if (stream == _near)
        {
            GoOnAnswering(stream);
        }
    }

    public void OnReset(Http2Stream stream, Http2Error code)
    {
        if (stream == _near)
        {
            // The client does not want the answer any more, or its connection is gone.
            _near = null;
            End(code == Http2Error.NoError ? Http2Error.NoError : Http2Error.Cancel);
        }
        else if (stream == _far)
        {
            _far = null;
            OnFarReset(stream, code);
        }
    }

    /// <summary>The client's connection is gone.</summary>
    public void Abandon()
    {
        if (_isActive)
        {
            _near = null;
            End(Http2Error.Cancel);
        }
    }

    private void Connect(UpstreamAttempt attempt, ProxyError lastError, string lastReason)
    {
        switch (_exchange.StartSession(attempt, this, out var session, out var error, out var reason))
        {
            case UpstreamStart.Ready when TryOpen(session!):
                return;
            case UpstreamStart.Ready:
                GoToAnotherConnection("the connection to the endpoint takes no more streams");
                return;
            case UpstreamStart.Pending:
                _awaited = session;
                return;
            default:
                _client.Count(error, reason);
                // That the service cannot be reached is known by now: it is said as to those who are told without a trial.
                var timedOut = lastError is (ProxyError.ConnectTimeout or ProxyError.Timeout) && !_exchange.IsTrial;
                var all = lastReason.Length > 0 && !reason.Contains(lastReason, StringComparison.Ordinal) ? $"{reason}: {lastReason}" : reason;
                var unreachable = _client.Direction == ConnectionDirection.Inbound && _client.ExplainsErrors;
                Answer(timedOut && !unreachable ? 504 : 503, all, counted: true, unreachable);
                return;
        }
    }

    private bool TryOpen(UpstreamSession session)
    {
        if (session.TryOpen(this) is not { } stream)
        {
            return false;
        }
        _far = stream;
        stream.HasNoBody = _info.Verb == HttpVerb.Head;
        _sent = _client.Loop.NowMicroseconds;
        _exchange.Series?.RequestStarted();
        GoOnAsking(stream);
        return true;
    }

    private void GoOnAsking(Http2Stream far)
    {
        if ((_requestSent || TrySendRequest()) && _upload.Drain(_near, far) && _requestTrailersDue && !far.LocalEnded)
        {
            _requestTrailersDue = !far.TrySendHeaders(_requestTrailers, default, end: true);
        }
        CheckRequestWhole();
    }

    private bool TrySendRequest()
    {
        var end = _upload is { HasEnd: true, IsEmpty: true } && !_requestTrailersDue;
        if (!_far!.TrySendHeaders(_request, _client.RequestField, end))
        {
            return false;
        }
        _requestSent = true;
        if (end)
        {
            _upload.EndWasSaid();
        }
        return true;
    }

    private void OnRequestTrailers(HeaderList headers)
    {
        headers.CopyTo(_requestTrailers);
        _requestTrailersDue = true;
        if (_requestSent && _upload.IsEmpty && _far is { LocalEnded: false } far)
        {
            _requestTrailersDue = !far.TrySendHeaders(_requestTrailers, default, end: true);
        }
        CheckRequestWhole();
    }

    /// <summary>Remembers what has been sent, while that is not much and no answer has come.</summary>
    private void Hold(ReadOnlySpan<byte> data)
    {
        if (!_holds)
        {
            return;
        }
        if (_held.Length + data.Length > MostHeld)
        {
            StopHolding();
        }
        else
        {
            _held.Append(data);
        }
    }

    private void StopHolding()
    {
        _holds = false;
        _held.Release();
    }

    /// <summary>The endpoint could not be reached: another one may be.</summary>
    private void OnFarFailed(ProxyError error, string reason)
    {
        _client.Count(error, reason);
        _exchange.OnConnectFailed(reason);
        _exchange.FinishSession(failed: true);
        Connect(UpstreamAttempt.AfterFailure, error, reason);
    }

    private void OnFarReset(Http2Stream stream, Http2Error code)
    {
        var lost = stream.Session.FailureReason.Length > 0;
        if (_responseBegun)
        {
            // NO_ERROR after a whole response only means that the rest of the request is not wanted (RFC 9113 section 8.1).
            if (code == Http2Error.NoError && _download.HasEnd)
            {
                EndIfDone();
                return;
            }
            if (lost || code is not Http2Error.Cancel)
            {
                _client.Count(ProxyError.UpstreamLost, $"the endpoint broke its response off ({code})");
            }
            _exchange.Classify(failed: code is not (Http2Error.NoError or Http2Error.Cancel), retryable: true);
            _exchange.FinishSession(failed: lost);
            var near = _near;
            _near = null;
            near?.Finish(lost ? Http2Error.InternalError : code);
            End(Http2Error.Cancel);
            return;
        }
        var reason = lost
            ? $"the connection to the endpoint was lost before it answered: {stream.Session.FailureReason}"
            : $"the endpoint reset the request before it answered ({code})";
        if (_holds && (code == Http2Error.RefusedStream || (lost && _info.IsIdempotent)))
        {
            // RFC 9113 section 8.7: a refused request has not been looked at; and an idempotent one may be sent twice.
            Rewind();
            GoToAnotherConnection(reason);
            return;
        }
        _client.Count(ProxyError.UpstreamLost, reason);
        if (IsRetried(502, _info.IsGrpc ? GrpcStatus.Unavailable : -1))
        {
            StartRetry(lost);
            return;
        }
        _exchange.FinishSession(failed: lost);
        Answer(502, reason, counted: true);
    }

    /// <summary>The endpoint is there, but not over this connection.</summary>
    private void GoToAnotherConnection(string reason)
    {
        _exchange.FinishSession(failed: false);
        if (_resends++ < Exchange.MostResends)
        {
            Connect(UpstreamAttempt.AfterStale, ProxyError.None, "");
            return;
        }
        _client.Count(ProxyError.UpstreamLost, reason);
        Answer(503, reason, counted: true);
    }

    /// <summary>A stream that cannot be gone on with, by the endpoint's fault.</summary>
    private void FailFar(Http2Error code, ProxyError error, string reason)
    {
        _client.Count(error, reason);
        var far = _far;
        _far = null;
        far?.Finish(code);
        _exchange.Classify(failed: true, retryable: true);
        _exchange.FinishSession(failed: false);
        Answer(502, reason, counted: true);
    }

    /// <summary>The request is to be sent once more, from its beginning.</summary>
    private void Rewind()
    {
        _far?.Finish(Http2Error.Cancel);
        _far = null;
        _requestSent = _requestWhole = _peeks = false;
        _deadlines.Rewind();
        _requestTrailersDue = _requestTrailers.Count > 0;
        _upload.Refill(_held);
    }

    private void CopyFields(HeaderList from, HeaderList to, bool hasReserved)
    {
        if (!hasReserved || !_client.DropsReservedHeaders)
        {
            from.CopyTo(to);
            return;
        }
        to.Clear();
        for (var i = 0; i < from.Count; i++)
        {
            if (from.Known(i) != KnownHeader.Reserved)
            {
                to.Add(from, i);
            }
        }
    }

    /// <summary>Gives everything back. The relay can be used again after this.</summary>
    private void End(Http2Error farCode)
    {
        if (!_isActive)
        {
            return;
        }
        _isActive = false;
        EndLimits();
        _awaited?.StopWaiting(this);
        _awaited = null;
        var far = _far;
        var near = _near;
        _far = _near = null;
        far?.Finish(farCode);
        near?.Finish(Http2Error.NoError);
        Conclude(_status, _grpcStatus);
        _upload.Reset();
        _download.Reset();
        _held.Release();
        _request.Clear();
        _requestTrailers.Clear();
        _response.Clear();
        _responseTrailers.Clear();
        _exchange.FinishSession(failed: false);
        _server.Return(this);
    }
}
