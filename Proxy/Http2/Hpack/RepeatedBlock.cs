using Mesh.Proxy.Http2.Frames;

namespace Mesh.Proxy.Http2.Hpack;

/// <summary>A header block that came more than once, what it decodes to, and what has been found out about that.</summary>
internal sealed class RepeatedBlock
{
    private byte[] _block = [];
    private int _length;

    /// <summary>The hash of the block's bytes.</summary>
    public uint Hash { get; private set; }

    /// <summary>The dynamic table's version under which the block means <see cref="Fields"/>.</summary>
    public long TableVersion { get; private set; }

    public HeaderList Fields { get; } = new();

    /// <summary>What <see cref="RequestHeaders.Check"/> found, when it was asked; null before.</summary>
    public (HeaderError Error, RequestInfo Info)? Request { get; set; }

    /// <summary>What <see cref="ResponseHeaders.Check"/> found, when it was asked; null before.</summary>
    public (HeaderError Error, ResponseInfo Info)? Response { get; set; }

    public bool Is(uint hash, ReadOnlySpan<byte> block, long tableVersion) =>
        Hash == hash && TableVersion == tableVersion && block.SequenceEqual(_block.AsSpan(0, _length));

    /// <summary>Takes the place of what was remembered here.</summary>
    public void Set(uint hash, ReadOnlySpan<byte> block, long tableVersion, HeaderList fields, long contentId)
    {
        if (_block.Length < block.Length)
        {
            _block = new byte[block.Length];
        }
        block.CopyTo(_block);
        _length = block.Length;
        Hash = hash;
        TableVersion = tableVersion;
        Request = null;
        Response = null;
        fields.CopyTo(Fields);
        Fields.ContentId = contentId;
        Fields.Origin = this;
    }
}
