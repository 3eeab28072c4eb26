using Mesh.Proxy.DataPlane;
using Mesh.Proxy.Reactor;

namespace Mesh.Proxy.Opaque;

/// <summary>
/// Carries bytes both ways between a client connection and its upstream until both directions have ended. One side may end its stream and
/// go on receiving. A cut on either side cuts the other, so that nobody takes half a stream for a whole one.
/// </summary>
internal sealed class OpaqueRelay
{
    // A turn carries at most this many buffers each way; then others have theirs.
    private const int MaxMovesPerTurn = 16;
    private const long LargeAfter = 128 * 1024;
    private readonly DownstreamConnection _client;
    private readonly ByteStream _near;
    private readonly ByteStream _far;

    public OpaqueRelay(DownstreamConnection client, UpstreamConnection upstream)
    {
        _client = client;
        _near = client.Stream;
        _far = upstream.Stream;
        _near.SetDeadline(client.Owner.Options.OpaqueIdleTimeout);
    }

    public void Drive()
    {
        var before = _near.BytesRead + _far.BytesRead;
        var outcome = Move(_near, _far);
        if (outcome != MoveOutcome.Broken)
        {
            var back = Move(_far, _near);
            outcome = back == MoveOutcome.Broken ? back : (MoveOutcome)Math.Max((int)outcome, (int)back);
        }
        if (_near.BytesRead + _far.BytesRead != before)
        {
            _near.SetDeadline(_client.Owner.Options.OpaqueIdleTimeout);
            _client.CountBytes(_client.Exchange.Series);
        }
        if (outcome == MoveOutcome.Broken)
        {
            _client.Close(abort: true);
        }
        else if (_near.WriteEnded && _far.WriteEnded)
        {
            _client.Close(abort: false);
        }
        else if (outcome == MoveOutcome.CutShort)
        {
            _client.Loop.Defer(_near);
        }
    }

    private static MoveOutcome Move(ByteStream from, ByteStream to)
    {
        for (var moves = 0; moves < MaxMovesPerTurn; moves++)
        {
            if (!to.Out.IsEmpty)
            {
                var flushed = to.Flush();
                if (flushed < 0)
                {
                    return Outcome(flushed);
                }
            }
            if (from.In.IsEmpty)
            {
                var read = Read(from);
                if (read == 0)
                {
                    to.EndWrite();
                    return MoveOutcome.Waiting;
                }
                if (read < 0)
                {
                    return Outcome(read);
                }
            }
            var written = to.Write(from.In.Data);
            if (written < 0)
            {
                return Outcome(written);
            }
            from.In.Consume(written);
            from.In.ReleaseIfEmpty();
        }
        return MoveOutcome.CutShort;
    }

    private static int Read(ByteStream from)
    {
        if (from.ReadEnded)
        {
            return 0;
        }
        if (from.CanRead && from.BytesRead > LargeAfter)
        {
            from.In.Grow();
        }
        var read = from.Fill();
        if (read <= 0)
        {
            from.In.ReleaseIfEmpty();
        }
        return read;
    }

    private static MoveOutcome Outcome(int result) => result == IoResult.Failed ? MoveOutcome.Broken : MoveOutcome.Waiting;

    private enum MoveOutcome
    {
        Waiting,
        CutShort,
        Broken,
    }
}
