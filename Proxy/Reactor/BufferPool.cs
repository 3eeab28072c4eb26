namespace Mesh.Proxy.Reactor;

/// <summary>
/// A loop's native buffers, in two sizes. Not thread-safe: used on its loop only. A rented block belongs to the
/// <see cref="IoBuffer"/> that rented it, and comes back as soon as that holds no bytes.
/// </summary>
internal sealed unsafe class BufferPool : IDisposable
{
    /// <summary>Room for a TLS record of full size.</summary>
    public const int SmallSize = 16 * 1024 + 512;

    /// <summary>Room for the largest message head accepted (64 KB) and what is added to it.</summary>
    public const int LargeSize = 66 * 1024;

    // What a burst needed is given back to the system beyond this many.
    private const int MaxSmallKept = 1024;
    private const int MaxLargeKept = 64;
    private readonly Stack<nint> _small = [];
    private readonly Stack<nint> _large = [];

    /// <summary>Blocks in use.</summary>
    public int Rented { get; private set; }

    public byte* Rent(int size)
    {
        Rented++;
        return (size == SmallSize ? _small : _large).TryPop(out var block) ? (byte*)block : NativeAllocator.Allocate(size);
    }

    public void Return(byte* block, int size)
    {
        Rented--;
        var (kept, most) = size == SmallSize ? (_small, MaxSmallKept) : (_large, MaxLargeKept);
        if (kept.Count < most)
        {
            kept.Push((nint)block);
        }
        else
        {
            NativeAllocator.Free(block);
        }
    }

    /// <summary>Frees the blocks nobody uses. Blocks still rented stay with their buffers, which must return them first.</summary>
    public void Dispose()
    {
        foreach (var block in _small)
        {
            NativeAllocator.Free((byte*)block);
        }
        foreach (var block in _large)
        {
            NativeAllocator.Free((byte*)block);
        }
        _small.Clear();
        _large.Clear();
    }
}
