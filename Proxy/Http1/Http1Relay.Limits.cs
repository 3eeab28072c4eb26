using Mesh.Proxy.DataPlane;
using Mesh.Proxy.LoadBalancing;
using Mesh.Proxy.Metrics;

namespace Mesh.Proxy.Http1;

/// <summary>The part that keeps to a route's time limits, and asks another endpoint when an answer is not good enough.</summary>
internal sealed partial class Http1Relay
{
    // Loop milliseconds; long.MaxValue: no limit.
    private long _requestBy;
    private long _responseBy;
    private long _attemptBy;
    private long _idleBy;
    private bool _isLimited;

    private void StartLimits()
    {
        var settings = exchange.Settings;
        _isLimited = !settings.Limits.IsNone || settings.Retry is { AttemptTimeout: > 0 };
        _requestBy = After(settings.Limits.Request);
        _responseBy = _attemptBy = long.MaxValue;
        Touch();
    }

    /// <summary>Something has moved.</summary>
    private void Touch()
    {
        if (!_isLimited)
        {
            _near.SetDeadline(client.Owner.Options.ExchangeIdleTimeout);
            return;
        }
        var idle = exchange.Settings.Limits.Idle;
        _idleBy = After(idle > 0 ? idle : (long)client.Owner.Options.ExchangeIdleTimeout.TotalMilliseconds);
        ArmLimits();
    }

    private void ArmLimits()
    {
        var first = Math.Min(Math.Min(_requestBy, _responseBy), Math.Min(_attemptBy, _idleBy));
        _near.SetDeadline(TimeSpan.FromMilliseconds(Math.Max(0, first - client.Loop.Now)));
    }

    private void OnRequestPassed()
    {
        if (_isLimited)
        {
            _responseBy = After(exchange.Settings.Limits.Response);
            // The last attempt has no limit of its own: there is nothing else to do than to wait for it.
            _attemptBy = exchange.RetriesRemain && _keeps ? After(exchange.Settings.Retry!.AttemptTimeout) : long.MaxValue;
            Touch();
        }
    }

    private void OnResponseBegun()
    {
        if (_isLimited)
        {
            _attemptBy = long.MaxValue;
            Touch();
        }
    }

    private long After(long milliseconds) => milliseconds > 0 ? client.Loop.Now + milliseconds : long.MaxValue;

    private void EndLimits()
    {
        if (_isLimited)
        {
            _isLimited = false;
            _near.SetDeadline(client.Owner.Options.ExchangeIdleTimeout);
        }
    }

    private void OnLimit()
    {
        var now = client.Loop.Now;
        if (now >= _attemptBy && now < Math.Min(_requestBy, Math.Min(_responseBy, _idleBy)))
        {
            OnAttemptTimeout();
            return;
        }
        var limits = exchange.Settings.Limits;
        var reason = now >= _requestBy ? $"request timed out: it may take {limits.Request} ms"
            : now >= _responseBy ? $"request timed out: the response may take {limits.Response} ms"
            : limits.Idle > 0 ? $"request timed out: nothing may be silent for more than {limits.Idle} ms"
            : "request timed out: nothing came for too long";
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
        _attemptBy = long.MaxValue;
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
        _resent = false;
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
