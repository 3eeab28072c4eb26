namespace Mesh.Proxy.Reactor;

/// <summary>
/// Bytes on their way: filled at the end, consumed from the start. Holds memory of the loop's pool only while it holds bytes, or between
/// <see cref="Free"/> and <see cref="ReleaseIfEmpty"/>. Spans taken from it are valid until the next call on it.
/// </summary>
internal sealed unsafe class IoBuffer(BufferPool pool)
{
    private byte* _memory;
    private int _size;
    private int _start;
    private int _end;

    /// <summary>Bytes held.</summary>
    public int Length => _end - _start;

    public bool IsEmpty => _end == _start;

    /// <summary>Whether no more can be added without growing.</summary>
    public bool IsFull => _memory != null && Length == _size;

    public bool IsLarge => _size == BufferPool.LargeSize;

    public ReadOnlySpan<byte> Data => new(_memory + _start, _end - _start);

    /// <summary>The bytes held, to change in place.</summary>
    public Span<byte> Writable => new(_memory + _start, _end - _start);

    /// <summary>The room behind the bytes held: all there is. Rents memory when there is none, moves the bytes to the front when that helps.</summary>
    public Span<byte> Free
    {
        get
        {
            if (_memory == null)
            {
                _size = BufferPool.SmallSize;
                _memory = pool.Rent(_size);
                _start = _end = 0;
            }
            else if (_start > 0 && (_start == _end || _size - _end < 4096))
            {
                Data.CopyTo(new Span<byte>(_memory, _size));
                _end -= _start;
                _start = 0;
            }
            return new Span<byte>(_memory + _end, _size - _end);
        }
    }

    /// <summary>Takes <paramref name="count"/> bytes that were written into <see cref="Free"/>.</summary>
    public void Commit(int count) => _end += count;

    public void Consume(int count)
    {
        _start += count;
        if (_start == _end)
        {
            _start = _end = 0;
        }
    }

    /// <summary>Makes room behind the bytes held, growing when need be, without adding anything: write into it and <see cref="Commit"/>.</summary>
    /// <param name="count">How much room at least.</param>
    /// <param name="room">All the room there is.</param>
    /// <returns>False when there is not that much even then.</returns>
    public bool TryReserve(int count, out Span<byte> room)
    {
        room = Free;
        if (room.Length < count)
        {
            Compact();
            room = Free;
        }
        if (room.Length < count)
        {
            Grow();
            room = Free;
        }
        return room.Length >= count;
    }

    /// <summary>Adds bytes, growing when need be.</summary>
    /// <returns>False, with nothing added, when they do not fit even then.</returns>
    public bool TryAppend(ReadOnlySpan<byte> bytes)
    {
        if (!TryReserve(bytes.Length, out var room))
        {
            return false;
        }
        bytes.CopyTo(room);
        _end += bytes.Length;
        return true;
    }

    /// <summary>Moves to a large block, so that a long body needs fewer calls.</summary>
    public void Grow()
    {
        if (_size == BufferPool.LargeSize)
        {
            return;
        }
        var larger = pool.Rent(BufferPool.LargeSize);
        var length = Length;
        if (_memory != null)
        {
            Data.CopyTo(new Span<byte>(larger, BufferPool.LargeSize));
            pool.Return(_memory, _size);
        }
        _memory = larger;
        _size = BufferPool.LargeSize;
        _start = 0;
        _end = length;
    }

    /// <summary>Gives the memory back when no byte is held.</summary>
    public void ReleaseIfEmpty()
    {
        if (_start == _end)
        {
            Release();
        }
    }

    /// <summary>Drops the bytes and gives the memory back.</summary>
    public void Release()
    {
        if (_memory != null)
        {
            pool.Return(_memory, _size);
            _memory = null;
        }
        _size = _start = _end = 0;
    }

    private void Compact()
    {
        if (_start > 0)
        {
            Data.CopyTo(new Span<byte>(_memory, _size));
            _end -= _start;
            _start = 0;
        }
    }
}
