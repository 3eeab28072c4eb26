using Mesh.Proxy.DataPlane;
using Mesh.Proxy.Http2.Frames;
using Mesh.Proxy.Http2.Hpack;
using Mesh.Proxy.LoadBalancing;
using Mesh.Proxy.Metrics;
using Mesh.Proxy.Retries;

namespace Mesh.Proxy.Http2;

/// <summary>The part that keeps to a route's time limits, and asks another endpoint when an answer is not good enough.</summary>
internal sealed partial class Http2Relay
{
    private readonly Reactor.LoopTimer _timer;
    private RequestDeadlines _deadlines;
    // The response's headers wait in _response until it is known whether trailers with the status are all that follows.
    private bool _peeks;
    private bool _requestWhole;

    /// <summary>A time limit has passed.</summary>
    public void OnTimer()
    {
        if (!_deadlines.AreSet)
        {
            return;
        }
        var passed = _deadlines.Passed(_client.Loop.Now);
        switch (passed)
        {
            case Deadline.None:
                ArmLimits();
                break;
            case Deadline.Attempt:
                OnAttemptTimeout();
                break;
            default:
                OnLimit(passed);
                break;
        }
    }

    private void StartLimits()
    {
        _deadlines.Start(
            _exchange.Settings, _client.Loop.Now, (long)_client.Owner.Options.ExchangeIdleTimeout.TotalMilliseconds);
        if (_deadlines.AreSet)
        {
            ArmLimits();
        }
    }

    private void Touch()
    {
        if (_deadlines.AreSet)
        {
            _deadlines.Move(_client.Loop.Now);
            ArmLimits();
        }
    }

    private void ArmLimits() => _client.Loop.Timers.Set(_timer, _deadlines.Next);

    private void EndLimits()
    {
        if (_deadlines.AreSet)
        {
            _deadlines.End();
            _client.Loop.Timers.Remove(_timer);
        }
    }

    private void CheckRequestWhole()
    {
        if (_deadlines.AreSet && !_requestWhole && _far is { LocalEnded: true })
        {
            _requestWhole = true;
            _deadlines.RequestSent(_exchange.RetriesRemain && _holds, _client.Loop.Now);
            ArmLimits();
        }
    }

    private void OnAttemptTimeout()
    {
        _deadlines.EndAttempt();
        if (_far is null || !_holds || !_exchange.TryRetry())
        {
            ArmLimits();
            return;
        }
        _client.Count(ProxyError.UpstreamTimeout, "an attempt took longer than its limit, and another endpoint is asked");
        _exchange.OnTimedOut(_client.Loop.NowMicroseconds - _sent);
        StartRetry(failed: false);
    }

    private void OnLimit(Deadline passed)
    {
        var reason = _deadlines.Describe(passed);
        EndLimits();
        _client.Count(ProxyError.UpstreamTimeout, reason);
        if (_awaited is { } awaited)
        {
            _awaited = null;
            awaited.StopWaiting(this);
        }
        else
        {
            _exchange.OnTimedOut(_client.Loop.NowMicroseconds - _sent);
        }
        var far = _far;
        _far = null;
        far?.Finish(Http2Error.Cancel);
        _exchange.FinishSession(failed: false);
        if (!_responseBegun)
        {
            _peeks = false;
            Answer(504, reason, counted: true);
        }
        else
        {
            CutOff();
        }
    }

    /// <summary>The time is up in the middle of the response: a gRPC client is told in trailers, others see the stream reset.</summary>
    private void CutOff()
    {
        _download.Reset();
        if (_info.IsGrpc && !_responseDue && _near is { LocalEnded: false } near)
        {
            _responseTrailers.Clear();
            _responseTrailers.Add(KnownHeader.GrpcStatus, "4"u8);
            _grpcStatus = GrpcStatus.DeadlineExceeded;
            if (near.TrySendHeaders(_responseTrailers, default, end: true))
            {
                EndIfDone();
                return;
            }
        }
        _exchange.Series?.Responded(
            504, _info.IsGrpc ? GrpcStatus.DeadlineExceeded : -1, _client.Loop.NowMicroseconds - _started, _client.Loop.Now);
        var cut = _near;
        _near = null;
        cut?.Finish(Http2Error.InternalError);
        End(Http2Error.Cancel);
    }

    /// <summary>Notes what the endpoint's answer says about the endpoint.</summary>
    /// <param name="status">HTTP's.</param>
    /// <param name="grpcStatus">-1: none.</param>
    /// <returns>Whether the answer is not to be passed on, and another endpoint has been chosen.</returns>
    private bool IsRetried(int status, int grpcStatus)
    {
        var matches = _exchange.Settings.Retry is { } rule && (rule.Matches(status) || rule.MatchesGrpc(grpcStatus));
        _exchange.Classify(ResponseClass.IsFailure(status) || ResponseClass.IsGrpcFailure(grpcStatus), matches);
        return matches && _holds && _exchange.TryRetry();
    }

    /// <summary>Sends the request to the endpoint that has been chosen for a retry.</summary>
    /// <param name="failed">Whether the last endpoint could not be reached any more.</param>
    private void StartRetry(bool failed)
    {
        Rewind();
        _exchange.FinishSession(failed);
        Connect(UpstreamAttempt.Retry, ProxyError.None, "");
    }

    // A gRPC response says with its last frame how it went. It is worth waiting for the one after the first, which is that of a call that
    // failed; once there is a message the response is passed on.
    private bool ShouldPeek() => _holds && _exchange.RetriesRemain && _exchange.Settings.Retry!.HasGrpc;

    private void OnPeekedTrailers(HeaderList headers)
    {
        var at = headers.IndexOf(KnownHeader.GrpcStatus);
        if (IsRetried(_status, at >= 0 ? GrpcStatus.Parse(headers.Value(at)) : GrpcStatus.Unknown))
        {
            StartRetry(failed: false);
            return;
        }
        BeginPeeked();
        OnResponseTrailers(headers);
    }

    private void BeginPeeked()
    {
        _peeks = false;
        BeginResponse();
        _responseEnds = false;
        _responseDue = !_near!.TrySendHeaders(_response, default, end: false);
    }

    private void BeginResponse()
    {
        _responseBegun = true;
        StopHolding();
        if (_deadlines.AreSet)
        {
            _deadlines.EndAttempt();
            Touch();
        }
    }
}
