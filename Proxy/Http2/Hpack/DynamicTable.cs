namespace Mesh.Proxy.Http2.Hpack;

/// <summary>
/// The dynamic table (RFC 7541 section 2.3.2): a queue of fields whose bytes lie one after the other in one buffer twice the table's size,
/// moved to its front when they reach its end. Takes memory as it fills.
/// </summary>
internal sealed class DynamicTable(int maxSize)
{
    /// <summary>What an entry counts for besides its name and value (RFC 7541 section 4.1).</summary>
    public const int EntryOverhead = 32;

    private byte[] _bytes = [];
    private Entry[] _entries = [];
    private int _start;
    private int _end;

    // The slot of the newest entry, counted without end.
    private uint _inserted;

    public int Count { get; private set; }

    /// <summary>As RFC 7541 section 4.1 counts it.</summary>
    public int Size { get; private set; }

    public int MaxSize { get; private set; } = maxSize;

    /// <summary>Changes whenever an index may have come to mean something else.</summary>
    public long Version { get; private set; }

    /// <summary>How many entries were ever inserted, modulo 2^32: the next entry's sequence number.</summary>
    public uint Inserted => _inserted;

    /// <param name="index">0 is the newest.</param>
    public ReadOnlySpan<byte> Name(int index)
    {
        ref var entry = ref At(index);
        return _bytes.AsSpan(entry.Start, entry.NameLength);
    }

    public ReadOnlySpan<byte> Value(int index)
    {
        ref var entry = ref At(index);
        return _bytes.AsSpan(entry.Start + entry.NameLength, entry.ValueLength);
    }

    /// <summary>The name and the value, one after the other.</summary>
    public ReadOnlySpan<byte> NameAndValue(int index, out int nameLength, out KnownHeader known)
    {
        ref var entry = ref At(index);
        nameLength = entry.NameLength;
        known = entry.Known;
        return _bytes.AsSpan(entry.Start, entry.NameLength + entry.ValueLength);
    }

    public KnownHeader Known(int index) => At(index).Known;

    /// <summary>Changes the size, evicting what no longer fits.</summary>
    public void Resize(int maxSize)
    {
        MaxSize = maxSize;
        Version++;
        EvictTo(maxSize);
        if (maxSize == 0)
        {
            _bytes = [];
            _entries = [];
        }
    }

    /// <summary>Adds an entry, evicting from the oldest on. One that is larger than the table empties it (RFC 7541 section 4.4).</summary>
    /// <param name="name">Not a span of this table: the entry it lies in may be evicted.</param>
    /// <param name="value">Likewise.</param>
    /// <param name="known">Which name it is.</param>
    public void Add(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, KnownHeader known)
    {
        Version++;
        var size = name.Length + value.Length + EntryOverhead;
        EvictTo(Math.Max(0, MaxSize - size));
        if (size > MaxSize)
        {
            return;
        }
        ReserveBytes(name.Length + value.Length);
        ReserveEntry();
        name.CopyTo(_bytes.AsSpan(_end));
        value.CopyTo(_bytes.AsSpan(_end + name.Length));
        _entries[_inserted & (uint)(_entries.Length - 1)] =
            new Entry { Start = _end, NameLength = name.Length, ValueLength = value.Length, Known = known };
        _end += name.Length + value.Length;
        _inserted++;
        Count++;
        Size += size;
    }

    private ref Entry At(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count);
        return ref _entries[(_inserted - 1 - (uint)index) & (uint)(_entries.Length - 1)];
    }

    private void EvictTo(int size)
    {
        while (Size > size)
        {
            ref var oldest = ref At(Count - 1);
            Size -= oldest.NameLength + oldest.ValueLength + EntryOverhead;
            _start = oldest.Start + oldest.NameLength + oldest.ValueLength;
            Count--;
        }
        if (Count == 0)
        {
            _start = _end = 0;
        }
    }

    private void ReserveBytes(int count)
    {
        if (_bytes.Length - _end >= count)
        {
            return;
        }
        var held = _end - _start;
        var target = _bytes;
        // Moving pays off once half the buffer is free: then every byte is moved once at most per byte added.
        if (held + count > _bytes.Length / 2)
        {
            // Twice the table is enough for ever: what is held and added is never more than the table.
            var wanted = Math.Max(Math.Max(512, _bytes.Length * 2), (held + count) * 2);
            target = new byte[Math.Min(wanted, Math.Max(MaxSize * 2, held + count))];
        }
        _bytes.AsSpan(_start, held).CopyTo(target);
        for (var index = 0; index < Count; index++)
        {
            At(index).Start -= _start;
        }
        _bytes = target;
        _end = held;
        _start = 0;
    }

    private void ReserveEntry()
    {
        if (Count < _entries.Length)
        {
            return;
        }
        // A power of two, so that sequence numbers can run over.
        var larger = new Entry[Math.Max(16, _entries.Length * 2)];
        for (var index = 0; index < Count; index++)
        {
            larger[(_inserted - 1 - (uint)index) & (uint)(larger.Length - 1)] = At(index);
        }
        _entries = larger;
    }

    private struct Entry
    {
        public int Start;
        public int NameLength;
        public int ValueLength;
        public KnownHeader Known;
    }
}
