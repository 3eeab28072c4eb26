namespace Mesh.Proxy.Reactor;

/// <summary>
/// Bytes waiting their turn, in blocks of the loop's pool: for what may be more than one <see cref="IoBuffer"/> holds. Holds no memory
/// while empty. Used on one loop.
/// </summary>
internal sealed unsafe class BlockQueue(BufferPool pool)
{
    // Twice the blocks each time it is full; starts without an array, since most streams never wait.
    private nint[] _blocks = [];
    private int _first;
    private int _count;
    private int _start;
    private int _end;

    /// <summary>Bytes held.</summary>
    public int Length { get; private set; }

    public bool IsEmpty => Length == 0;

    /// <summary>The bytes at the front that lie together; valid until the next call.</summary>
    public ReadOnlySpan<byte> Front => Length == 0
        ? default
        : new ReadOnlySpan<byte>((byte*)Block(0) + _start, (_count == 1 ? _end : BufferPool.SmallSize) - _start);

    public void Append(ReadOnlySpan<byte> bytes)
    {
        Length += bytes.Length;
        while (!bytes.IsEmpty)
        {
            if (_count == 0 || _end == BufferPool.SmallSize)
            {
                AddBlock();
            }
            var taken = Math.Min(bytes.Length, BufferPool.SmallSize - _end);
            bytes[..taken].CopyTo(new Span<byte>((byte*)Block(_count - 1) + _end, taken));
            _end += taken;
            bytes = bytes[taken..];
        }
    }

    /// <summary>Adds a copy of all bytes to another queue.</summary>
    public void CopyTo(BlockQueue other)
    {
        for (var i = 0; i < _count; i++)
        {
            var from = i == 0 ? _start : 0;
            var to = i == _count - 1 ? _end : BufferPool.SmallSize;
            other.Append(new ReadOnlySpan<byte>((byte*)Block(i) + from, to - from));
        }
    }

    /// <summary>Takes bytes off the front, at most as many as <see cref="Front"/> has.</summary>
    public void Consume(int count)
    {
        Length -= count;
        _start += count;
        if (Length == 0)
        {
            Release();
        }
        else if (_start == BufferPool.SmallSize)
        {
            pool.Return((byte*)Block(0), BufferPool.SmallSize);
            _first = (_first + 1) % _blocks.Length;
            _count--;
            _start = 0;
        }
    }

    /// <summary>Drops all bytes.</summary>
    public void Release()
    {
        for (; _count > 0; _count--)
        {
            pool.Return((byte*)Block(_count - 1), BufferPool.SmallSize);
        }
        _first = _start = _end = 0;
        Length = 0;
    }

    private nint Block(int index) => _blocks[(_first + index) % _blocks.Length];

    private void AddBlock()
    {
        if (_count == _blocks.Length)
        {
            var larger = new nint[Math.Max(4, _count * 2)];
            for (var i = 0; i < _count; i++)
            {
                larger[i] = Block(i);
            }
            _blocks = larger;
            _first = 0;
        }
        _blocks[(_first + _count) % _blocks.Length] = (nint)pool.Rent(BufferPool.SmallSize);
        _count++;
        _end = 0;
    }
}
