using Mesh.Proxy.DataPlane;
using Mesh.Proxy.Metrics;
using Mesh.Proxy.Reactor;

namespace Mesh.Proxy.Http1;

/// <summary>The part that passes a request and its response.</summary>
internal sealed partial class Http1Relay
{
    /// <returns>Whether anything moved.</returns>
    private bool PassRequest()
    {
        var upstream = exchange.Upstream!;
        if (_requestPassed)
        {
            if (upstream.Stream.Out.IsEmpty)
            {
                return false;
            }
            var flushed = upstream.Stream.Flush();
            if (flushed == IoResult.Failed)
            {
                LoseUpstream();
            }
            return flushed > 0;
        }
        return PassRequestBody(upstream);
    }

    private bool PassRequestBody(UpstreamConnection upstream)
    {
        var available = _requestBody.Available(_near.In.Data[_held..]);
        if (available < 0)
        {
            client.Count(ProxyError.BadRequest, "the chunked body is malformed");
            exchange.FinishUpstream(reusable: false, failed: false);
            AbandonRequest(400, "the chunked body is malformed");
            return false;
        }
        // A small body leaves together with its head.
        if (available > 0 && !upstream.Stream.Out.IsEmpty && available <= upstream.Stream.Out.Free.Length)
        {
            upstream.Stream.Out.TryAppend(_near.In.Data.Slice(_held, available));
            OnBodyPassed(available);
            available = 0;
        }
        CheckRequestPassed();
        if (!upstream.Stream.Out.IsEmpty)
        {
            var flushed = upstream.Stream.Flush();
            if (flushed == IoResult.Failed)
            {
                LoseUpstream();
            }
            if (flushed < 0)
            {
                return false;
            }
        }
        if (_requestPassed)
        {
            return true;
        }
        return available > 0 ? WriteRequestBody(upstream, available) : ReadRequestBody();
    }

    private bool WriteRequestBody(UpstreamConnection upstream, int available)
    {
        var written = upstream.Stream.Write(_near.In.Data.Slice(_held, available));
        if (written < 0)
        {
            if (written == IoResult.Failed)
            {
                LoseUpstream();
            }
            return false;
        }
        OnBodyPassed(written);
        _near.In.ReleaseIfEmpty();
        CheckRequestPassed();
        Touch();
        return true;
    }

    private void OnBodyPassed(int count)
    {
        _requestBody.Consumed(count);
        if (_keeps)
        {
            _held += count;
        }
        else
        {
            _near.In.Consume(count);
        }
    }

    private void CheckRequestPassed()
    {
        if (!_requestPassed && _requestBody.IsDone)
        {
            _requestPassed = true;
            OnRequestPassed();
        }
    }

    private bool ReadRequestBody()
    {
        if (_keeps && _near.In.IsFull && _near.In.IsLarge)
        {
            // Too large to be kept.
            StopKeeping();
        }
        if ((_requestBody.Passed > LargeAfter && _near.CanRead) || (_keeps && _near.In.IsFull))
        {
            _near.In.Grow();
        }
        var read = _near.Fill();
        if (read > 0)
        {
            return true;
        }
        _near.In.ReleaseIfEmpty();
        if (read != IoResult.Again)
        {
            // The client went away in the middle of its request.
            client.Close(abort: true);
        }
        return false;
    }

    /// <returns>Whether anything moved.</returns>
    private bool PassResponse()
    {
        if (!_responseBegun)
        {
            return ReadResponseHead();
        }
        return !_responsePassed ? PassResponseBody() : FlushToClient() > 0 && _near.Out.IsEmpty;
    }

    private bool ReadResponseHead()
    {
        var upstream = exchange.Upstream!;
        var error = HeadScanner.Find(upstream.Stream.In.Data, ref _responseScannedTo, out var length, client.Owner.Options.MaxHeaderBytes);
        if (error == HeadError.None && length == 0)
        {
            if (upstream.Stream.In.IsFull)
            {
                upstream.Stream.In.Grow();
            }
            var read = upstream.Stream.Fill();
            if (read > 0)
            {
                return true;
            }
            upstream.Stream.In.ReleaseIfEmpty();
            if (read != IoResult.Again)
            {
                LoseUpstream();
            }
            return false;
        }
        if (error == HeadError.None)
        {
            _responseScannedTo = 0;
            error = ResponseHeadParser.Parse(upstream.Stream.In.Data[..length], _request.Verb, out _response);
        }
        if (error != HeadError.None || (_response.Status == 101 && !_request.IsUpgrade)
            || (_response.Framing == BodyFraming.Chunked && _request.MinorVersion == 0))
        {
            client.Count(ProxyError.BadResponse, "the response head is malformed");
            exchange.FinishUpstream(reusable: false, failed: false);
            AbandonRequest(502, $"the response cannot be passed on: {error}");
            return false;
        }
        if (_response.IsUnreachable && _keeps && CanGoElsewhere(upstream))
        {
            GoElsewhere();
            return true;
        }
        if (!_response.IsInterim && !_response.IsUnreachable && IsRetried(_response.Status))
        {
            Retry(upstream);
            return true;
        }
        return BeginResponse(upstream);
    }

    /// <summary>The endpoint's application never saw the request: another endpoint gets it, whatever its method.</summary>
    private void GoElsewhere()
    {
        const string Reason = "the endpoint's application does not accept connections";
        client.Count(ProxyError.Connect, Reason);
        exchange.OnConnectFailed(Reason);
        exchange.FinishUpstream(reusable: false, failed: true);
        Rewind();
        Connect(UpstreamAttempt.AfterFailure, ProxyError.Connect, Reason);
    }

    /// <summary>The request in the buffer is to be sent once more, from its beginning.</summary>
    private void Rewind()
    {
        _requestPassed = false;
        _responseScannedTo = 0;
        _requestBody = BodyProgress.Start(_request.Framing, _request.ContentLength);
        _held = 0;
        _deadlines.Rewind();
    }

    private bool BeginResponse(UpstreamConnection upstream)
    {
        // The request has arrived: it will not be sent again.
        StopKeeping();
        _near.In.ReleaseIfEmpty();
        var head = upstream.Stream.In.Data[.._response.Length];
        if (_response.IsInterim)
        {
            // HTTP/1.0 knows no interim responses.
            if (_request.MinorVersion == 1)
            {
                HeadRewriter.TryWriteResponse(head, _response, client.DropsReservedHeaders, default, _near.Out);
            }
            upstream.Stream.In.Consume(_response.Length);
            return FlushToClient() != IoResult.Failed;
        }
        if (!_response.IsUnreachable)
        {
            exchange.OnAnswered(client.Loop.NowMicroseconds - _sent);
        }
        _closeAfter |= _response.Framing == BodyFraming.UntilClose || client.IsEnding;
        ReadOnlySpan<byte> connection = _response.Status == 101 ? default
            : _closeAfter ? "Connection: close\r\n"u8
            : _request.MinorVersion == 0 ? "Connection: keep-alive\r\n"u8 : default;
        if (!HeadRewriter.TryWriteResponse(head, _response, client.DropsReservedHeaders, connection, _near.Out))
        {
            client.Close(abort: true);
            return false;
        }
        upstream.Stream.In.Consume(_response.Length);
        if (_response.Status == 101)
        {
            Upgrade(upstream);
            return false;
        }
        _responseBegun = true;
        OnResponseBegun();
        _responseBody = BodyProgress.Start(_response.Framing, _response.ContentLength);
        _responsePassed = _responseBody.IsDone;
        return _responsePassed ? FlushToClient() != IoResult.Failed : PassResponseBody() || !client.IsClosed;
    }

    private void Upgrade(UpstreamConnection upstream)
    {
        upstream.Stream.In.ReleaseIfEmpty();
        exchange.Series?.Responded(101, -1, client.Loop.NowMicroseconds - _started, client.Loop.Now);
        Conclude(101);
        _phase = Phase.Over;
        client.SwitchToOpaque();
    }

    private bool PassResponseBody()
    {
        var upstream = exchange.Upstream!;
        var available = _responseBody.Available(upstream.Stream.In.Data);
        if (available < 0)
        {
            client.Count(ProxyError.BadResponse, "the chunked response body is malformed");
            client.Close(abort: true);
            return false;
        }
        if (available > 0 && !_near.Out.IsEmpty && available <= _near.Out.Free.Length)
        {
            _near.Out.TryAppend(upstream.Stream.In.Data[..available]);
            upstream.Stream.In.Consume(available);
            _responseBody.Consumed(available);
            available = 0;
        }
        _responsePassed = _responseBody.IsDone;
        if (!_near.Out.IsEmpty && FlushToClient() < 0)
        {
            return false;
        }
        if (_responsePassed)
        {
            upstream.Stream.In.ReleaseIfEmpty();
            return true;
        }
        return available > 0 ? WriteResponseBody(upstream, available) : ReadResponseBody(upstream);
    }

    private bool WriteResponseBody(UpstreamConnection upstream, int available)
    {
        var written = _near.Write(upstream.Stream.In.Data[..available]);
        if (written < 0)
        {
            return CloseIfFailed(written);
        }
        upstream.Stream.In.Consume(written);
        upstream.Stream.In.ReleaseIfEmpty();
        _responseBody.Consumed(written);
        _responsePassed = _responseBody.IsDone;
        Touch();
        return true;
    }

    private bool ReadResponseBody(UpstreamConnection upstream)
    {
        if (_responseBody.Passed > LargeAfter && upstream.Stream.CanRead)
        {
            upstream.Stream.In.Grow();
        }
        var read = upstream.Stream.Fill();
        if (read > 0)
        {
            return true;
        }
        upstream.Stream.In.ReleaseIfEmpty();
        if (read == IoResult.Again)
        {
            return false;
        }
        if (read == 0 && _response.Framing == BodyFraming.UntilClose)
        {
            _responsePassed = true;
            return true;
        }
        client.Count(ProxyError.UpstreamLost, "the upstream connection ended in the middle of a response");
        exchange.FinishUpstream(reusable: false, failed: true);
        client.Close(abort: true);
        return false;
    }

    private int FlushToClient()
    {
        var flushed = _near.Flush();
        if (flushed == IoResult.Failed)
        {
            client.Close(abort: true);
        }
        return flushed;
    }

    private void LoseUpstream()
    {
        if (client.IsClosed)
        {
            return;
        }
        if (_keeps && CanResend(exchange.Upstream!) && exchange.Upstream!.Stream.In.IsEmpty)
        {
            _resends++;
            Rewind();
            exchange.FinishUpstream(reusable: false, failed: false);
            Connect(UpstreamAttempt.AfterStale, ProxyError.None, "");
            return;
        }
        client.Count(ProxyError.UpstreamLost, exchange.Upstream!.Stream.Failure ?? "the upstream connection ended before the response");
        var reason = exchange.Upstream!.Stream.Failure is { } failure
            ? $"the endpoint ended the connection: {failure}"
            : "the endpoint ended the connection before it answered";
        var retried = IsRetried(502);
        exchange.FinishUpstream(reusable: false, failed: true);
        if (retried)
        {
            StartRetry();
            // Whoever noticed the loss believes that there is nothing to do until the socket says so.
            client.Loop.Defer(_near);
            return;
        }
        AbandonRequest(502, reason);
    }
}
