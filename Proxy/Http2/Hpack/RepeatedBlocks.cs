namespace Mesh.Proxy.Http2.Hpack;

/// <summary>
/// A decoder's memory of blocks that repeat. A client that sends the same request again sends the same few bytes again, and while the
/// dynamic table has not changed they mean the same: comparing them is an order of magnitude cheaper than decoding them and checking
/// the fields. A block is remembered when it comes for the second time, so that blocks that never repeat cost one comparison.
/// </summary>
internal sealed class RepeatedBlocks
{
    private const int Places = 8;
    private const int MaxBlockLength = 1024;
    private const int MaxDecodedSize = 4096;
    private static long _lastContentId;
    private readonly RepeatedBlock?[] _blocks = new RepeatedBlock?[Places];
    private readonly uint[] _seen = new uint[Places * 2];
    private int _nextPlace;
    private int _lastFound;

    /// <returns>Null when the block is not remembered, or means something else by now.</returns>
    public RepeatedBlock? Find(uint hash, ReadOnlySpan<byte> block, long tableVersion)
    {
        if (_blocks[_lastFound] is { } last && last.Is(hash, block, tableVersion))
        {
            return last;
        }
        for (var place = 0; place < Places; place++)
        {
            if (_blocks[place] is { } candidate && candidate.Is(hash, block, tableVersion))
            {
                _lastFound = place;
                return candidate;
            }
        }
        return null;
    }

    /// <summary>Takes note of a block whose decoding left the table as it was.</summary>
    /// <param name="fields">What it decoded to; gets an identity when the block is remembered.</param>
    public void Note(uint hash, ReadOnlySpan<byte> block, long tableVersion, HeaderList fields)
    {
        if (block.Length > MaxBlockLength || fields.DecodedSize > MaxDecodedSize)
        {
            return;
        }
        ref var seen = ref _seen[hash % (uint)_seen.Length];
        if (seen != hash)
        {
            seen = hash;
            return;
        }
        // In turn, except that the same block under an older table gives up its place.
        var place = 0;
        while (place < Places && _blocks[place]?.Hash != hash)
        {
            place++;
        }
        if (place == Places)
        {
            place = _nextPlace;
            _nextPlace = (_nextPlace + 1) % Places;
        }
        var remembered = _blocks[place] ??= new RepeatedBlock();
        remembered.Set(hash, block, tableVersion, fields, Interlocked.Increment(ref _lastContentId));
        remembered.Fields.CopyTo(fields);
    }

    /// <summary>Gives the memory back.</summary>
    public void Clear() => Array.Clear(_blocks);
}
