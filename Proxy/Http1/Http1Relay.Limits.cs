using Mesh.Proxy.DataPlane;
using Mesh.Proxy.LoadBalancing;
using Mesh.Proxy.Metrics;
using Mesh.Proxy.Retries;

namespace Mesh.Proxy.Http1;

/// <summary>The part that keeps to a route's time limits, and asks another endpoint when an answer is not good enough.</summary>
internal sealed partial class Http1Relay
{
    private RequestDeadlines _deadlines;

    private void StartLimits()
    {
        _deadlines.Start(exchange.Settings, client.Loop.Now, (long)client.Owner.Options.ExchangeIdleTimeout.TotalMilliseconds);
        Touch();
    }

    /// <summary>Something has moved.</summary>
    private void Touch()
    {
        if (!_deadlines.AreSet)
        {
            _near.SetDeadline(client.Owner.Options.ExchangeIdleTimeout);
            return;
        }
        _deadlines.Move(client.Loop.Now);
        ArmLimits();
    }

    private void ArmLimits() => _near.SetDeadline(TimeSpan.FromMilliseconds(Math.Max(0, _deadlines.Next - client.Loop.Now)));

    private void OnRequestPassed()
    {
        if (_deadlines.AreSet)
        {
            _deadlines.RequestSent(exchange.RetriesRemain && _keeps, client.Loop.Now);
            ArmLimits();
        }
    }

    private void OnResponseBegun()
    {
        if (_deadlines.AreSet)
        {
            _deadlines.EndAttempt();
            Touch();
        }
    }

    private void EndLimits()
    {
        if (_deadlines.AreSet)
        {
            _deadlines.End();
            _near.SetDeadline(client.Owner.Options.ExchangeIdleTimeout);
        }
    }

    private void OnLimit()
    {
        var passed = _deadlines.Passed(client.Loop.Now);
        if (passed == Deadline.None)
        {
            ArmLimits();
            return;
        }
        if (passed == Deadline.Attempt)
        {
            OnAttemptTimeout();
            return;
        }
        var reason = _deadlines.Describe(passed);
        client.Count(ProxyError.UpstreamTimeout, reason);
        if (_phase == Phase.Connecting)
        {
            exchange.FinishUpstream(reusable: false, failed: false);
            Answer(504, reason, unreachable: false);
            return;
        }
        exchange.OnTimedOut(client.Loop.NowMicroseconds - _sent);
        exchange.FinishUpstream(reusable: false, failed: false);
        AbandonRequest(504, reason);
    }

    private void OnAttemptTimeout()
    {
        _deadlines.EndAttempt();
        if (!_keeps || !exchange.TryRetry())
        {
            ArmLimits();
            return;
        }
        client.Count(ProxyError.UpstreamTimeout, "an attempt took longer than its limit, and another endpoint is asked");
        exchange.OnTimedOut(client.Loop.NowMicroseconds - _sent);
        exchange.FinishUpstream(reusable: false, failed: false);
        StartRetry();
    }

    /// <summary>Notes what the endpoint's answer says about the endpoint.</summary>
    /// <returns>Whether the answer is not to be passed on, and another endpoint has been chosen.</returns>
    private bool IsRetried(int status)
    {
        var matches = exchange.Settings.Retry?.Matches(status) == true;
        exchange.Classify(ResponseClass.IsFailure(status), matches);
        return matches && _keeps && exchange.TryRetry();
    }

    private void Retry(UpstreamConnection upstream)
    {
        exchange.OnAnswered(client.Loop.NowMicroseconds - _sent);
        // Of a short answer all has come with its head: then the connection can be used again.
        upstream.Stream.In.Consume(_response.Length);
        var body = BodyProgress.Start(_response.Framing, _response.ContentLength);
        var available = body.Available(upstream.Stream.In.Data);
        if (available > 0)
        {
            upstream.Stream.In.Consume(available);
            body.Consumed(available);
        }
        var isWhole = available >= 0 && body.IsDone && _response.KeepAlive && _requestPassed && upstream.Stream.Out.IsEmpty;
        exchange.FinishUpstream(isWhole, failed: false);
        StartRetry();
    }

    private void StartRetry()
    {
        _resends = 0;
        Rewind();
        Connect(UpstreamAttempt.Retry, ProxyError.None, "");
    }

    private void StopKeeping()
    {
        if (_keeps)
        {
            _near.In.Consume(_held);
            _held = 0;
            _keeps = false;
        }
    }
}
