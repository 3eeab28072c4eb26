namespace Mesh.Proxy.Http2.Hpack;

/// <summary>
/// A list of header fields in order, in one buffer that is kept and reused. Not thread-safe. Spans taken from it are valid until it is
/// changed.
/// </summary>
internal sealed class HeaderList
{
    /// <summary>What a field counts for besides its name and value (RFC 9113 section 6.5.2).</summary>
    public const int FieldOverhead = 32;

    // A list that held one large message does not hold its memory for ever.
    private const int MaxBytesKept = 16 * 1024;
    private const int MaxFieldsKept = 256;
    private byte[] _bytes = [];
    private Field[] _fields = [];
    private int _length;
    private int _fieldStart;
    private RepeatedBlock? _origin;

    /// <summary>How many fields.</summary>
    public int Count { get; private set; }

    /// <summary>The sum over the fields of name + value + 32 (RFC 9113 section 6.5.2).</summary>
    public int DecodedSize => _length + Count * FieldOverhead;

    /// <summary>Names and values together, in bytes.</summary>
    public int ByteCount => _length;

    /// <summary>
    /// Not 0 when the decoder has seen these fields before: lists with the same id have the same fields, in this process, for ever. Every
    /// change sets it to 0. Whoever derives a list from another by a rule that depends on nothing else may pass the id on.
    /// </summary>
    public long ContentId { get; set; }

    /// <summary>
    /// The decoder's own copy of this content, on which what follows from the content is remembered; null when there is none.
    /// </summary>
    internal RepeatedBlock? Origin
    {
        // The decoder may have given the place to another block since.
        get => _origin != null && _origin.Fields.ContentId == ContentId ? _origin : null;
        set => _origin = value;
    }

    public ReadOnlySpan<byte> Name(int i)
    {
        ref var field = ref _fields[i];
        return _bytes.AsSpan(field.Start, field.NameLength);
    }

    public ReadOnlySpan<byte> Value(int i)
    {
        ref var field = ref _fields[i];
        return _bytes.AsSpan(field.Start + field.NameLength, field.ValueLength);
    }

    public KnownHeader Known(int i) => _fields[i].Known;

    /// <summary>Came as a never-indexed literal, and must go on as one (RFC 7541 section 7.1.3).</summary>
    public bool IsSensitive(int i) => _fields[i].IsSensitive;

    public void Add(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, bool sensitive = false) =>
        Add(KnownHeaders.Resolve(name), name, value, sensitive);

    /// <summary>Adds a field with a known name.</summary>
    public void Add(KnownHeader known, ReadOnlySpan<byte> value, bool sensitive = false) =>
        Add(known, KnownHeaders.NameOf(known), value, sensitive);

    /// <summary>Adds field <paramref name="i"/> of another list.</summary>
    public void Add(HeaderList other, int i) => Add(other.Known(i), other.Name(i), other.Value(i), other.IsSensitive(i));

    /// <returns>The first field with this name; -1 when there is none.</returns>
    public int IndexOf(ReadOnlySpan<byte> lowerCaseName)
    {
        for (var i = 0; i < Count; i++)
        {
            if (lowerCaseName.SequenceEqual(Name(i)))
            {
                return i;
            }
        }
        return -1;
    }

    /// <returns>The first field with this name; -1 when there is none. Not for Other and Reserved, which are many names.</returns>
    public int IndexOf(KnownHeader known)
    {
        for (var i = 0; i < Count; i++)
        {
            if (_fields[i].Known == known)
            {
                return i;
            }
        }
        return -1;
    }

    /// <summary>Drops the fields. Keeps the memory, unless it is much.</summary>
    public void Clear()
    {
        if (_bytes.Length > MaxBytesKept)
        {
            _bytes = [];
        }
        if (_fields.Length > MaxFieldsKept)
        {
            _fields = [];
        }
        Count = _length = _fieldStart = 0;
        ContentId = 0;
        Origin = null;
    }

    /// <summary>The value of field <paramref name="i"/>, to change in place.</summary>
    public Span<byte> Edit(int i)
    {
        ref var field = ref _fields[i];
        ContentId = 0;
        Origin = null;
        return _bytes.AsSpan(field.Start + field.NameLength, field.ValueLength);
    }

    /// <summary>Makes <paramref name="other"/> the same as this.</summary>
    public void CopyTo(HeaderList other)
    {
        other.Clear();
        other.ReserveBytes(_length);
        other.ReserveFields(Count);
        _bytes.AsSpan(0, _length).CopyTo(other._bytes);
        _fields.AsSpan(0, Count).CopyTo(other._fields);
        other._length = other._fieldStart = _length;
        other.Count = Count;
        other.ContentId = ContentId;
        other.Origin = Origin;
    }

    internal void Add(KnownHeader known, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, bool sensitive)
    {
        Append(name);
        Append(value);
        EndField(name.Length, known, sensitive);
    }

    /// <summary>Adds bytes to the field that <see cref="EndField"/> will end.</summary>
    internal void Append(ReadOnlySpan<byte> bytes)
    {
        ReserveBytes(bytes.Length);
        bytes.CopyTo(_bytes.AsSpan(_length));
        _length += bytes.Length;
    }

    /// <summary>Adds the decoded bytes of a Huffman string to the field that <see cref="EndField"/> will end.</summary>
    internal bool TryAppendHuffman(ReadOnlySpan<byte> encoded)
    {
        ReserveBytes(Huffman.MaxDecodedLength(encoded.Length));
        if (!Huffman.TryDecode(encoded, _bytes.AsSpan(_length), out var written))
        {
            return false;
        }
        _length += written;
        return true;
    }

    /// <summary>The bytes of the field that has not been ended.</summary>
    internal ReadOnlySpan<byte> Pending => _bytes.AsSpan(_fieldStart, _length - _fieldStart);

    internal void EndField(int nameLength, KnownHeader known, bool sensitive)
    {
        ReserveFields(1);
        _fields[Count++] = new Field
        {
            Start = _fieldStart,
            NameLength = nameLength,
            ValueLength = _length - _fieldStart - nameLength,
            Known = known,
            IsSensitive = sensitive,
        };
        _fieldStart = _length;
        ContentId = 0;
        Origin = null;
    }

    private void ReserveBytes(int count)
    {
        if (_bytes.Length - _length < count)
        {
            Array.Resize(ref _bytes, Math.Max(Math.Max(256, _bytes.Length * 2), _length + count));
        }
    }

    private void ReserveFields(int count)
    {
        if (_fields.Length - Count < count)
        {
            Array.Resize(ref _fields, Math.Max(Math.Max(16, _fields.Length * 2), Count + count));
        }
    }

    private struct Field
    {
        public int Start;
        public int NameLength;
        public int ValueLength;
        public KnownHeader Known;
        public bool IsSensitive;
    }
}
