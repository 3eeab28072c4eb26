namespace Mesh.Grains.Versions;

/// <summary>
/// FNV-1a, 64 bits, over content written in a fixed order: what makes two silos that know the same thing give it the same version. Every
/// text is preceded by its length, so that ("ab", "c") differs from ("a", "bc"). Not for anything an attacker must not collide.
/// </summary>
internal struct ContentHash
{
    private const ulong Prime = 0x100000001b3;
    private ulong _state;

    public ContentHash() => _state = 0xcbf29ce484222325;

    /// <summary>The version; never 0, which stands for "holds nothing".</summary>
    public readonly ulong Value => _state == 0 ? 1 : _state;

    /// <summary>The version of bytes that are a deterministic serialization.</summary>
    public static ulong OfBytes(ReadOnlySpan<byte> bytes)
    {
        var hash = new ContentHash();
        hash.AddBytes(bytes);
        return hash.Value;
    }

    public void Add(long value)
    {
        for (var i = 0; i < 8; i++)
        {
            AddByte((byte)(value >> (8 * i)));
        }
    }

    public void Add(string? value)
    {
        Add(value?.Length ?? -1);
        foreach (var c in value ?? "")
        {
            AddByte((byte)c);
            AddByte((byte)(c >> 8));
        }
    }

    private void AddBytes(ReadOnlySpan<byte> bytes)
    {
        foreach (var b in bytes)
        {
            AddByte(b);
        }
    }

    private void AddByte(byte value) => _state = (_state ^ value) * Prime;
}
