namespace Mesh.Benchmarks.Soak;

/// <summary>A body that comes in small pieces and does not say how long it will be.</summary>
internal sealed class UnknownLength(ReadOnlyMemory<byte> data) : Stream
{
    private const int Piece = 3000;
    private ReadOnlyMemory<byte> _left = data;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        var length = Math.Min(Math.Min(count, Piece), _left.Length);
        _left.Span[..length].CopyTo(buffer.AsSpan(offset));
        _left = _left[length..];
        return length;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
