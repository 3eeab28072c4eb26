namespace Mesh.Proxy.Http2.Hpack;

/// <summary>
/// Encodes the header blocks of one direction of a connection (RFC 7541). Not thread-safe. Blocks must be sent in the order in which they
/// were encoded, and every block must be sent: the peer's table follows ours.
/// </summary>
internal sealed class HpackEncoder
{
    // An entry that takes more of the table than this pushes out what repeats more often.
    private const int MaxShareOfTable = 4;
    private const byte Indexed = 0x80;
    private const byte LiteralIndexed = 0x40;
    private const byte SizeUpdate = 0x20;
    private const byte LiteralNever = 0x10;
    private const byte LiteralPlain = 0x00;

    private readonly DynamicTable _table;
    private readonly int _maxTableSize;
    private readonly bool _useHuffman;
    private readonly bool _recognisesRepetition;
    private TableIndex? _index;
    private EncodedBlocks? _blocks;

    // Hashes of fields that have been sent once.
    private uint[]? _sent;

    // The least size since the last block, when the peer has to be told of one; -1 otherwise.
    private int _pendingMinimum = -1;

    /// <param name="maxDynamicTableSize">The largest table used, whatever the peer allows. 0 uses none.</param>
    /// <param name="useHuffman">Off between our own proxies, where the CPU for it costs more than the bytes it saves.</param>
    /// <param name="recogniseRepetition">Off only to measure what it is worth.</param>
    public HpackEncoder(int maxDynamicTableSize = HpackDecoder.DefaultTableSize, bool useHuffman = true, bool recogniseRepetition = true)
    {
        _maxTableSize = maxDynamicTableSize;
        _useHuffman = useHuffman;
        _recognisesRepetition = recogniseRepetition;
        _table = new DynamicTable(HpackDecoder.DefaultTableSize);
        SetTableSize(Math.Min(maxDynamicTableSize, HpackDecoder.DefaultTableSize));
    }

    /// <summary>The table's size by RFC 7541 section 4.1.</summary>
    public int TableSize => _table.Size;

    /// <summary>Takes the peer's SETTINGS_HEADER_TABLE_SIZE; the next block tells it what is made of that.</summary>
    public void SetPeerMaxTableSize(uint size) => SetTableSize((int)Math.Min(size, (uint)_maxTableSize));

    /// <summary>How much room is enough for this list whatever the table holds.</summary>
    public int MaxEncodedSize(HeaderList list) => MaxPrefixSize + list.ByteCount + list.Count * MaxFieldOverhead;

    /// <summary>What a block needs at most besides its fields.</summary>
    public const int MaxPrefixSize = 2 * HpackInteger.MaxLength;

    /// <summary>
    /// What a field needs at most besides its name and value: two lengths, or an index and a length, and the first octet.
    /// </summary>
    public const int MaxFieldOverhead = 1 + 2 * HpackInteger.MaxLength;

    /// <summary>Encodes a whole block.</summary>
    /// <param name="list">The fields, pseudo-header fields first.</param>
    /// <param name="destination">Where to; <see cref="MaxEncodedSize"/> is always enough.</param>
    /// <param name="written">The block's length.</param>
    /// <returns>False when the room might not be enough: then nothing has changed.</returns>
    public bool TryEncode(HeaderList list, Span<byte> destination, out int written)
    {
        if (list.ContentId != 0 && TryRepeat(list.ContentId, destination, out written))
        {
            return true;
        }
        written = 0;
        if (destination.Length < MaxEncodedSize(list))
        {
            return false;
        }
        var prefix = BeginBlock(destination);
        written = prefix;
        var version = _table.Version;
        for (var i = 0; i < list.Count; i++)
        {
            written += Encode(list.Known(i), list.Name(i), list.Value(i), list.IsSensitive(i), destination[written..]);
        }
        if (_recognisesRepetition && list.ContentId != 0 && prefix == 0 && version == _table.Version)
        {
            _blocks ??= new EncodedBlocks();
            _blocks.Remember(list.ContentId, version, destination[..written]);
        }
        return true;
    }

    /// <summary>
    /// Writes the block that the list with this <see cref="HeaderList.ContentId"/> was encoded to, when encoding it now would give the same
    /// bytes: what <see cref="TryEncode"/> tries first.
    /// </summary>
    /// <returns>False, with nothing written or changed, when it has to be encoded.</returns>
    public bool TryRepeat(long contentId, Span<byte> destination, out int written)
    {
        written = 0;
        if (contentId == 0 || _blocks == null || _pendingMinimum >= 0)
        {
            return false;
        }
        var block = _blocks.Find(contentId, _table.Version);
        if (block.IsEmpty || !block.TryCopyTo(destination))
        {
            return false;
        }
        written = block.Length;
        return true;
    }

    /// <summary>Begins a block that is composed field by field: writes what must stand before its first field.</summary>
    /// <param name="destination">At least <see cref="MaxPrefixSize"/> long.</param>
    /// <returns>How many bytes were written; usually none.</returns>
    public int BeginBlock(Span<byte> destination)
    {
        if (_pendingMinimum < 0)
        {
            return 0;
        }
        // RFC 7541 section 4.2: the smallest size between two blocks, then the last.
        var written = _pendingMinimum < _table.MaxSize ? HpackInteger.Write(destination, SizeUpdate, 5, _pendingMinimum) : 0;
        written += HpackInteger.Write(destination[written..], SizeUpdate, 5, _table.MaxSize);
        _pendingMinimum = -1;
        return written;
    }

    /// <summary>Encodes one field of a block begun with <see cref="BeginBlock"/>.</summary>
    /// <param name="name">In lower case.</param>
    /// <param name="value">Without white space around it.</param>
    /// <param name="destination">At least name + value + <see cref="MaxFieldOverhead"/> long.</param>
    /// <param name="sensitive">Whether nobody on the way may put it into a table.</param>
    /// <returns>How many bytes were written.</returns>
    public int EncodeField(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, Span<byte> destination, bool sensitive = false) =>
        Encode(KnownHeaders.Resolve(name), name, value, sensitive, destination);

    /// <inheritdoc cref="EncodeField(ReadOnlySpan{byte}, ReadOnlySpan{byte}, Span{byte}, bool)"/>
    public int EncodeField(KnownHeader known, ReadOnlySpan<byte> value, Span<byte> destination, bool sensitive = false) =>
        Encode(known, KnownHeaders.NameOf(known), value, sensitive, destination);

    /// <summary>Encodes field <paramref name="i"/> of a list.</summary>
    public int EncodeField(HeaderList list, int i, Span<byte> destination) =>
        Encode(list.Known(i), list.Name(i), list.Value(i), list.IsSensitive(i), destination);

    private void SetTableSize(int size)
    {
        if (size == _table.MaxSize)
        {
            return;
        }
        _pendingMinimum = _pendingMinimum < 0 ? Math.Min(size, _table.MaxSize) : Math.Min(_pendingMinimum, size);
        _table.Resize(size);
    }

    private int Encode(KnownHeader known, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, bool sensitive, Span<byte> destination)
    {
        var indexing = sensitive ? Indexing.Never : IndexingPolicy.Of(known);
        var staticName = StaticTable.IndexOfName(known);
        if (indexing is Indexing.No or Indexing.Never)
        {
            return WriteLiteral(indexing == Indexing.Never ? LiteralNever : LiteralPlain, 4, staticName, name, value, destination);
        }
        if (staticName != 0 && StaticTable.IndexOf(known, value) is > 0 and var exact)
        {
            return HpackInteger.Write(destination, Indexed, 7, exact);
        }
        if (indexing == Indexing.NameOnly && staticName != 0)
        {
            return WriteLiteral(LiteralPlain, 4, staticName, name, value, destination);
        }
        var nameHash = known is KnownHeader.Other or KnownHeader.Reserved ? ByteHash.Of(name) : (uint)known * 0x9E3779B1;
        var pairHash = ByteHash.Of(value, nameHash);
        _index ??= new TableIndex();
        if (indexing != Indexing.NameOnly && _index.FindPair(_table, pairHash, name, value) is >= 0 and var found)
        {
            return HpackInteger.Write(destination, Indexed, 7, StaticTable.Count + 1 + found);
        }
        var nameIndex = staticName;
        if (nameIndex == 0 && _index.FindName(_table, nameHash, name) is >= 0 and var foundName)
        {
            nameIndex = StaticTable.Count + 1 + foundName;
        }
        var isWorthIt = indexing switch
        {
            Indexing.AtOnce => true,
            Indexing.NameOnly => nameIndex == 0,
            _ => WasSent(pairHash),
        };
        if (!isWorthIt || name.Length + value.Length + DynamicTable.EntryOverhead > _table.MaxSize / MaxShareOfTable)
        {
            return WriteLiteral(LiteralPlain, 4, nameIndex, name, value, destination);
        }
        var written = WriteLiteral(LiteralIndexed, 6, nameIndex, name, value, destination);
        _table.Add(name, value, known);
        _index.Added(_table, pairHash, nameHash);
        return written;
    }

    // Whether a field with this hash was sent before; a wrong yes costs an entry.
    private bool WasSent(uint hash)
    {
        _sent ??= new uint[64];
        ref var sent = ref _sent[hash % (uint)_sent.Length];
        var wasSent = sent == hash;
        sent = hash;
        return wasSent;
    }

    private int WriteLiteral(
        byte pattern, int prefixBits, int nameIndex, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, Span<byte> destination)
    {
        var written = HpackInteger.Write(destination, pattern, prefixBits, nameIndex);
        if (nameIndex == 0)
        {
            written += WriteString(name, destination[written..]);
        }
        return written + WriteString(value, destination[written..]);
    }

    private int WriteString(ReadOnlySpan<byte> text, Span<byte> destination)
    {
        int written;
        if (_useHuffman && Huffman.EncodedLength(text) is var length && length < text.Length)
        {
            written = HpackInteger.Write(destination, 0x80, 7, length);
            Huffman.Encode(text, destination[written..]);
            return written + length;
        }
        written = HpackInteger.Write(destination, 0, 7, text.Length);
        text.CopyTo(destination[written..]);
        return written + text.Length;
    }
}
