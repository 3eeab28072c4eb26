namespace Mesh.Proxy.Tests.AccessLogs;

/// <summary>An output nobody reads until <see cref="Release"/>.</summary>
internal sealed class StuckStream : Stream
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ManualResetEventSlim _released = new();
    private long _length;

    /// <summary>Completes when something is written.</summary>
    public Task Reached => _reached.Task;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => Volatile.Read(ref _length);

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public void Release() => _released.Set();

    public override void Write(byte[] buffer, int offset, int count)
    {
        _reached.TrySetResult();
        _released.Wait(TimeSpan.FromSeconds(30));
        Interlocked.Add(ref _length, count);
    }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
