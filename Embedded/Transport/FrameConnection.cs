using System.Net.Security;
using System.Net.Sockets;
using System.Threading.Channels;

namespace Orleans.Embedded.Transport;

/// <summary>Frames in both directions over one connection. The owner runs <see cref="RunAsync"/> until it ends, then disposes.</summary>
internal sealed class FrameConnection(Stream stream, string peer, int maxBody) : IAsyncDisposable
{
    // A peer that takes nothing any more must not fill the memory.
    private const long QueueLimit = 64L << 20;
    private const int BatchBytes = 64 << 10;

    private readonly Channel<Outgoing> _outgoing = Channel.CreateUnbounded<Outgoing>(new UnboundedChannelOptions { SingleReader = true });
    private readonly CancellationTokenSource _closing = new();
    private readonly byte[] _header = new byte[Frame.HeaderLength];
    private long _queued;
    private string _reason = "";

    /// <summary>Who is at the other end, for logs.</summary>
    public string Peer => peer;

    public int MaxBody => maxBody;

    /// <summary>Whether the other end proved its identity.</summary>
    public bool IsAuthenticated => stream is SslStream { IsMutuallyAuthenticated: true };

    /// <summary>Queues a frame.</summary>
    /// <param name="frame">See <see cref="Frame.Create"/>.</param>
    /// <param name="writing">Called before the first byte goes out; from then on nobody knows whether the frame arrives.</param>
    /// <returns>False when the connection has ended or too much is queued: then the frame never goes out.</returns>
    public bool TrySend(byte[] frame, Action? writing = null)
    {
        if (Interlocked.Add(ref _queued, frame.Length) > QueueLimit || !_outgoing.Writer.TryWrite(new Outgoing(frame, writing)))
        {
            Interlocked.Add(ref _queued, -frame.Length);
            return false;
        }
        return true;
    }

    /// <summary>Ends the connection; <see cref="RunAsync"/> returns <paramref name="reason"/>.</summary>
    public void Close(string reason)
    {
        Interlocked.CompareExchange(ref _reason, reason, "");
        _outgoing.Writer.TryComplete();
        _closing.Cancel();
    }

    /// <summary>Sends and receives until the connection ends.</summary>
    /// <param name="received">Gets each frame; throws <see cref="ProtocolException"/> to end the connection.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Why it ended, in words.</returns>
    public async Task<string> RunAsync(Action<FrameType, byte[]> received, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closing.Token);
        var reading = ReadAsync(received, stop.Token);
        var writing = WriteAsync(stop.Token);
        var first = await Task.WhenAny(reading, writing);
        var reason = await first;
        Interlocked.CompareExchange(ref _reason, reason, "");
        _outgoing.Writer.TryComplete();
        await stop.CancelAsync();
        await Task.WhenAll(reading, writing);
        return _reason;
    }

    /// <summary>Reads one frame, for the greeting.</summary>
    /// <exception cref="ProtocolException">There is no frame.</exception>
    public async Task<(FrameType Type, byte[] Body)> ReadAsync(CancellationToken cancellationToken)
    {
        await stream.ReadExactlyAsync(_header, cancellationToken);
        if (!Frame.TryParseHeader(_header, maxBody, out var type, out var length))
        {
            throw new ProtocolException($"{peer} sent something that is no frame, or one of more than {maxBody} bytes");
        }
        // Grows with what arrives, not with what the header promises.
        using var body = new MemoryStream(Math.Min(length, BatchBytes));
        var buffer = new byte[Math.Min(length, BatchBytes)];
        while (body.Length < length)
        {
            var read = await stream.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, length - body.Length)), cancellationToken);
            if (read == 0)
            {
                throw new EndOfStreamException();
            }
            body.Write(buffer, 0, read);
        }
        return (type, body.ToArray());
    }

    /// <summary>Writes one frame, for the greeting.</summary>
    public async Task WriteAsync(byte[] frame, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(frame, cancellationToken);
        await stream.FlushAsync(cancellationToken);
    }

    /// <summary>Waits until what was queued is written, or a moment has passed.</summary>
    public async Task FlushAsync(TimeSpan wait, TimeProvider time)
    {
        var started = time.GetTimestamp();
        while (Interlocked.Read(ref _queued) > 0 && !_closing.IsCancellationRequested && time.GetElapsedTime(started) < wait)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), time, CancellationToken.None);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Close("closed");
        await stream.DisposeAsync();
    }

    private async Task<string> ReadAsync(Action<FrameType, byte[]> received, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                var (type, body) = await ReadAsync(cancellationToken);
                received(type, body);
            }
        }
        catch (EndOfStreamException)
        {
            return "it closed the connection";
        }
        catch (Exception e)
        {
            return Describe(e);
        }
    }

    private async Task<string> WriteAsync(CancellationToken cancellationToken)
    {
        using var batch = new MemoryStream();
        try
        {
            while (await _outgoing.Reader.WaitToReadAsync(cancellationToken))
            {
                while (batch.Length < BatchBytes && _outgoing.Reader.TryRead(out var next))
                {
                    next.Writing?.Invoke();
                    batch.Write(next.Frame);
                }
                await stream.WriteAsync(batch.GetBuffer().AsMemory(0, (int)batch.Length), cancellationToken);
                await stream.FlushAsync(cancellationToken);
                Interlocked.Add(ref _queued, -batch.Length);
                batch.SetLength(0);
                if (batch.Capacity > 16 * BatchBytes)
                {
                    batch.Capacity = 0;
                }
            }
            return "closed";
        }
        catch (Exception e)
        {
            return Describe(e);
        }
    }

    private static string Describe(Exception e) => e switch
    {
        OperationCanceledException => "closed",
        IOException { InnerException: SocketException socket } => $"the connection broke: {socket.Message}",
        ProtocolException or IOException => e.Message,
        _ => $"{e.GetType().Name}: {e.Message}",
    };

    private readonly record struct Outgoing(byte[] Frame, Action? Writing);
}
