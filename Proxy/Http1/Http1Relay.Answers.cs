using Mesh.Proxy.Reactor;

namespace Mesh.Proxy.Http1;

/// <summary>The part that answers in the upstream's place.</summary>
internal sealed partial class Http1Relay
{
    // What a client may still send of a request that was answered already; beyond it the connection is closed.
    private const long MostDropped = 256 * 1024;

    private bool Forbid()
    {
        Conclude(403);
        client.CountBytes(exchange.Series);
        _near.In.Consume(_request.Length);
        _near.Out.TryAppend(client.ExplainsErrors ? HttpAnswers.ForbiddenExplained : HttpAnswers.Forbidden);
        return DropBodyThenGoOn();
    }

    /// <summary>Answers a request whose head is still in the buffer; the connection stays.</summary>
    private bool Answer(int status, string reason, bool unreachable)
    {
        _near.In.Consume(_request.Length);
        exchange.Series?.RequestStarted();
        exchange.Series?.Responded(status, -1, client.Loop.NowMicroseconds - _started, client.Loop.Now);
        _near.Out.TryAppend(HttpAnswers.Create(status, client.ExplainsErrors ? reason : null, _closeAfter, unreachable));
        client.CountBytes(exchange.Series);
        Conclude(status);
        return DropBodyThenGoOn();
    }

    /// <summary>Answers a request that has begun to be passed on; the connection ends unless all of the request is known to be read.</summary>
    private void AbandonRequest(int status, string reason)
    {
        exchange.Series?.Responded(status, -1, client.Loop.NowMicroseconds - _started, client.Loop.Now);
        StopKeeping();
        EndLimits();
        if (_responseBegun || !_near.Out.IsEmpty)
        {
            client.Close(abort: true);
            return;
        }
        _closeAfter |= !_requestPassed;
        _near.Out.TryAppend(HttpAnswers.Create(status, client.ExplainsErrors ? reason : null, _closeAfter));
        client.CountBytes(exchange.Series);
        Conclude(status);
        _phase = Phase.Head;
        ReadHead();
    }

    /// <summary>Answers what cannot be answered and gone on with.</summary>
    private void AnswerAndClose(int status, string reason)
    {
        _closeAfter = true;
        _near.Out.TryAppend(HttpAnswers.Create(status, client.ExplainsErrors ? reason : null, close: true));
        client.CountBytes(exchange.Series);
        Conclude(status);
        _phase = Phase.Head;
        ReadHead();
    }

    private bool DropBodyThenGoOn()
    {
        EndLimits();
        _phase = _requestBody.IsDone ? Phase.Head : Phase.Dropping;
        return true;
    }

    private bool DropBody()
    {
        var flushed = _near.Flush();
        if (flushed < 0)
        {
            return CloseIfFailed(flushed);
        }
        var available = _requestBody.Available(_near.In.Data);
        if (available > 0)
        {
            _near.In.Consume(available);
            _requestBody.Consumed(available);
        }
        if (_requestBody.IsDone)
        {
            _phase = Phase.Head;
            return true;
        }
        if (available < 0 || _closeAfter || _requestBody.Passed > MostDropped)
        {
            _phase = Phase.Over;
            client.CloseAfterLinger();
            return false;
        }
        var read = _near.Fill();
        if (read > 0)
        {
            return true;
        }
        _near.In.ReleaseIfEmpty();
        if (read != IoResult.Again)
        {
            client.Close(abort: read == IoResult.Failed);
        }
        return false;
    }
}
