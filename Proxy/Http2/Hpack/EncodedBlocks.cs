namespace Mesh.Proxy.Http2.Hpack;

/// <summary>An encoder's memory of the bytes that lists with a <see cref="HeaderList.ContentId"/> were encoded to.</summary>
internal sealed class EncodedBlocks
{
    private const int Places = 8;
    private const int MaxBlockLength = 1024;
    private readonly Place[] _places = new Place[Places];
    private int _next;

    /// <returns>The bytes; empty when they are not known or the table has changed since.</returns>
    public ReadOnlySpan<byte> Find(long contentId, long tableVersion)
    {
        foreach (ref var place in _places.AsSpan())
        {
            if (place.ContentId == contentId && place.TableVersion == tableVersion)
            {
                return place.Block.AsSpan(0, place.Length);
            }
        }
        return default;
    }

    public void Remember(long contentId, long tableVersion, ReadOnlySpan<byte> block)
    {
        if (block.Length > MaxBlockLength)
        {
            return;
        }
        var position = 0;
        while (position < Places && _places[position].ContentId != contentId)
        {
            position++;
        }
        if (position == Places)
        {
            position = _next;
            _next = (_next + 1) % Places;
        }
        ref var place = ref _places[position];
        if (place.Block == null || place.Block.Length < block.Length)
        {
            place.Block = new byte[block.Length];
        }
        block.CopyTo(place.Block);
        place.Length = block.Length;
        place.ContentId = contentId;
        place.TableVersion = tableVersion;
    }

    private struct Place
    {
        public byte[]? Block;
        public int Length;
        public long ContentId;
        public long TableVersion;
    }
}
