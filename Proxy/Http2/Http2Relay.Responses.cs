using System.Text;
using Mesh.Proxy.DataPlane;
using Mesh.Proxy.Http1;
using Mesh.Proxy.Http2.Frames;
using Mesh.Proxy.Http2.Hpack;
using Mesh.Proxy.LoadBalancing;
using Mesh.Proxy.Metrics;

namespace Mesh.Proxy.Http2;

/// <summary>The part that answers: with the endpoint's response, or in its place.</summary>
internal sealed partial class Http2Relay
{
    private const int MostReason = 512;

    private void OnResponse(Http2ClientSession session, HeaderList headers, bool end)
    {
        ref readonly var response = ref session.Response;
        if (response.IsInterim)
        {
            if (end)
            {
                FailFar(Http2Error.ProtocolError, ProxyError.BadResponse, "the endpoint's response ends before it has begun");
                return;
            }
            // What cannot be sent now is left out: an interim response is a courtesy.
            if (_near is { WantsToWrite: false } waiting)
            {
                _ = waiting.TrySendHeaders(headers, default, end: false);
                waiting.WantsNothing();
            }
            return;
        }
        if (response.HasReserved && CanGoElsewhere() && headers.IndexOf(HttpAnswers.UnreachableName) >= 0)
        {
            GoElsewhere();
            return;
        }
        _exchange.OnAnswered(_client.Loop.NowMicroseconds - _sent);
        // Until the trailers say otherwise: a stream that breaks off has none.
        var grpcStatus = response.GrpcStatus >= 0 ? GrpcStatus.Parse(headers.Value(response.GrpcStatus))
            : response.IsGrpc && end ? GrpcStatus.Unknown : -1;
        var isDecided = end || grpcStatus >= 0 || !response.IsGrpc || ResponseClass.IsFailure(response.Status);
        if (isDecided && IsRetried(response.Status, grpcStatus))
        {
            StartRetry(failed: false);
            return;
        }
        _status = response.Status;
        _grpcStatus = grpcStatus;
        if (!isDecided && ShouldPeek())
        {
            CopyFields(headers, _response, response.HasReserved);
            _peeks = true;
            return;
        }
        BeginResponse();
        _responseEnds = end;
        if (end)
        {
            _download.Push(null, null, default, end: true);
            _download.EndWasSaid();
        }
        var plain = !response.HasReserved || !_client.DropsReservedHeaders;
        if (plain && _near!.TrySendHeaders(headers, default, end))
        {
            EndIfDone();
            return;
        }
        CopyFields(headers, _response, response.HasReserved);
        _responseDue = plain || !_near!.TrySendHeaders(_response, default, end);
        EndIfDone();
    }

    private bool CanGoElsewhere() => _holds && _client.Direction == ConnectionDirection.Outbound;

    /// <summary>The endpoint's application never saw the request: another endpoint gets it, whatever its method.</summary>
    private void GoElsewhere()
    {
        const string Reason = "the endpoint's application does not accept connections";
        _client.Count(ProxyError.Connect, Reason);
        _exchange.OnConnectFailed(Reason);
        Rewind();
        _exchange.FinishSession(failed: true);
        Connect(UpstreamAttempt.AfterFailure, ProxyError.Connect, Reason);
    }

    private void OnResponseTrailers(HeaderList headers)
    {
        var status = headers.IndexOf(KnownHeader.GrpcStatus);
        if (status >= 0)
        {
            _grpcStatus = GrpcStatus.Parse(headers.Value(status));
            var matches = _exchange.Settings.Retry?.MatchesGrpc(_grpcStatus) == true;
            _exchange.Classify(ResponseClass.IsGrpcFailure(_grpcStatus), matches);
            if (matches && !_exchange.RetriesRemain)
            {
                // The last attempt's headers have not waited for this.
                _exchange.OnRetriesExhausted();
            }
        }
        _download.Push(null, null, default, end: true);
        _download.EndWasSaid();
        if (!_responseDue && _download.IsEmpty && _near!.TrySendHeaders(headers, default, end: true))
        {
            EndIfDone();
            return;
        }
        headers.CopyTo(_responseTrailers);
        _responseTrailersDue = true;
    }

    private void GoOnAnswering(Http2Stream near)
    {
        if (_responseDue)
        {
            if (!near.TrySendHeaders(_response, default, _responseEnds))
            {
                return;
            }
            _responseDue = false;
        }
        if (!near.LocalEnded && _download.Drain(_far, near) && _responseTrailersDue)
        {
            _responseTrailersDue = !near.TrySendHeaders(_responseTrailers, default, end: true);
        }
        EndIfDone();
    }

    /// <summary>The response has been passed on whole.</summary>
    private void EndIfDone()
    {
        if (_near is not { LocalEnded: true })
        {
            return;
        }
        if (_status != 0)
        {
            _exchange.Series?.Responded(_status, _grpcStatus, _client.Loop.NowMicroseconds - _started, _client.Loop.Now);
            _client.CountBytes(_exchange.Series);
        }
        End(Http2Error.Cancel);
    }

    private void Conclude(int status, int grpc) => _exchange.Conclude(new RequestOutcome(
        status, grpc, _upload.Passed, _download.Passed, Math.Max(0, _sent - _started), _client.Loop.NowMicroseconds));

    private void Refuse(int status, string reason)
    {
        _client.Count(ProxyError.BadRequest, reason);
        Answer(status, reason, counted: true);
    }

    /// <summary>Answers in the endpoint's place; a gRPC client in gRPC's way: status 200, and the reason in grpc-status (trailers only).</summary>
    /// <param name="status">HTTP's.</param>
    /// <param name="reason">For people.</param>
    /// <param name="counted">Whether the answer counts as a response (a denied request counts as denied).</param>
    /// <param name="unreachable">Whether to tell the other proxy that the application has not seen the request.</param>
    private void Answer(int status, string reason, bool counted, bool unreachable = false)
    {
        if (_near is not { } near)
        {
            End(Http2Error.Cancel);
            return;
        }
        EndLimits();
        StopHolding();
        _responseBegun = true;
        var grpc = _info.IsGrpc ? GrpcStatus.Of(status) : -1;
        Conclude(grpc < 0 ? status : 200, grpc);
        _upload.Reset();
        FillAnswer(grpc < 0 ? status : 200, grpc, reason, unreachable);
        if (counted)
        {
            _status = grpc < 0 ? status : 200;
            _grpcStatus = grpc;
        }
        _responseEnds = true;
        _responseDue = !near.TrySendHeaders(_response, default, end: true);
        EndIfDone();
    }

    private void FillAnswer(int status, int grpc, string reason, bool unreachable)
    {
        Span<byte> text = stackalloc byte[MostReason];
        _response.Clear();
        _response.Add(KnownHeader.Status, Digits(status, text));
        var told = _client.ExplainsErrors ? Printable(reason, text) : default;
        if (grpc >= 0)
        {
            _response.Add(KnownHeader.ContentType, "application/grpc"u8);
            _response.Add(KnownHeader.GrpcStatus, Digits(grpc, stackalloc byte[4]));
            if (!told.IsEmpty)
            {
                _response.Add(KnownHeader.GrpcMessage, told);
            }
        }
        else
        {
            _response.Add(KnownHeader.ContentLength, "0"u8);
        }
        if (!told.IsEmpty)
        {
            _response.Add("l5d-proxy-error"u8, told);
        }
        if (unreachable)
        {
            _response.Add(HttpAnswers.UnreachableName, "true"u8);
        }
    }

    private static ReadOnlySpan<byte> Digits(int number, Span<byte> room)
    {
        number.TryFormat(room, out var length, provider: System.Globalization.CultureInfo.InvariantCulture);
        return room[..length];
    }

    // Also what grpc-message needs: percent-encoding of everything but printable ASCII, and of the percent sign, which we leave out.
    private static ReadOnlySpan<byte> Printable(string reason, Span<byte> room)
    {
        var length = Math.Min(reason.Length, room.Length);
        for (var i = 0; i < length; i++)
        {
            room[i] = reason[i] is >= ' ' and <= '~' and not '%' ? (byte)reason[i] : (byte)' ';
        }
        return ((ReadOnlySpan<byte>)room[..length]).Trim((byte)' ');
    }
}
