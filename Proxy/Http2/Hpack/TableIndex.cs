namespace Mesh.Proxy.Http2.Hpack;

/// <summary>
/// Finds entries of an encoder's dynamic table by their hashes. Each bucket holds the newest entry's sequence number, each entry the
/// next older one's; since the oldest entry always goes first, a chain simply ends where it leaves the table, and nothing is ever removed.
/// </summary>
internal sealed class TableIndex
{
    // A chain this long is hostile or very unlucky; a field not found is only sent in full.
    private const int MaxSteps = 12;
    private readonly uint[] _pairBuckets = new uint[256];
    private readonly uint[] _nameBuckets = new uint[64];
    private Link[] _links = new Link[16];

    /// <returns>The entry's index, 0 for the newest; -1 when there is none.</returns>
    public int FindPair(DynamicTable table, uint hash, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        var sequence = _pairBuckets[hash % (uint)_pairBuckets.Length];
        for (var step = 0; step < MaxSteps; step++)
        {
            var index = table.Inserted - 1 - sequence;
            if (index >= (uint)table.Count)
            {
                break;
            }
            ref var link = ref _links[sequence & (uint)(_links.Length - 1)];
            if (link.PairHash == hash && value.SequenceEqual(table.Value((int)index)) && name.SequenceEqual(table.Name((int)index)))
            {
                return (int)index;
            }
            sequence = link.OlderPair;
        }
        return -1;
    }

    /// <returns>The newest entry with this name; -1 when there is none.</returns>
    public int FindName(DynamicTable table, uint hash, ReadOnlySpan<byte> name)
    {
        var sequence = _nameBuckets[hash % (uint)_nameBuckets.Length];
        for (var step = 0; step < MaxSteps; step++)
        {
            var index = table.Inserted - 1 - sequence;
            if (index >= (uint)table.Count)
            {
                break;
            }
            if (name.SequenceEqual(table.Name((int)index)))
            {
                return (int)index;
            }
            sequence = _links[sequence & (uint)(_links.Length - 1)].OlderName;
        }
        return -1;
    }

    /// <summary>Takes note of the entry that was just added.</summary>
    public void Added(DynamicTable table, uint pairHash, uint nameHash)
    {
        if (table.Count > _links.Length)
        {
            var larger = new Link[_links.Length * 2];
            for (var index = 1u; index < (uint)table.Count; index++)
            {
                var older = table.Inserted - 1 - index;
                larger[older & (uint)(larger.Length - 1)] = _links[older & (uint)(_links.Length - 1)];
            }
            _links = larger;
        }
        var sequence = table.Inserted - 1;
        ref var pairBucket = ref _pairBuckets[pairHash % (uint)_pairBuckets.Length];
        ref var nameBucket = ref _nameBuckets[nameHash % (uint)_nameBuckets.Length];
        _links[sequence & (uint)(_links.Length - 1)] = new Link { PairHash = pairHash, OlderPair = pairBucket, OlderName = nameBucket };
        pairBucket = sequence;
        nameBucket = sequence;
    }

    private struct Link
    {
        public uint PairHash;
        public uint OlderPair;
        public uint OlderName;
    }
}
