using System.Runtime.InteropServices;

namespace Mesh.Proxy.Reactor;

/// <summary>
/// Native memory of the data plane. With the switch <c>Mesh.Proxy.CheckAllocations</c> (set by the tests before the first allocation)
/// every block carries its size and guard bytes at both ends: writing past a block, freeing twice and freeing what was never
/// allocated end the process, and leaks can be counted.
/// </summary>
internal static unsafe class NativeAllocator
{
    private const int GuardSize = 32;
    private const byte GuardByte = 0xFD;
    private const byte FreedByte = 0xDD;
    private const ulong Live = 0x4D455348_4C495645;
    private static readonly bool Checked = AppContext.TryGetSwitch("Mesh.Proxy.CheckAllocations", out var on) && on;
    private static long _outstanding;

    /// <summary>Blocks allocated and not freed.</summary>
    public static long Outstanding => Interlocked.Read(ref _outstanding);

    /// <summary>The caller owns the block until it gives it to <see cref="Free"/>.</summary>
    public static byte* Allocate(int size)
    {
        Interlocked.Increment(ref _outstanding);
        if (!Checked)
        {
            return (byte*)NativeMemory.Alloc((nuint)size);
        }
        var block = (byte*)NativeMemory.Alloc((nuint)size + 2 * GuardSize);
        new Span<byte>(block, GuardSize).Fill(GuardByte);
        new Span<byte>(block + GuardSize + size, GuardSize).Fill(GuardByte);
        *(ulong*)block = Live;
        *(int*)(block + sizeof(ulong)) = size;
        return block + GuardSize;
    }

    public static void Free(byte* memory)
    {
        Interlocked.Decrement(ref _outstanding);
        if (!Checked)
        {
            NativeMemory.Free(memory);
            return;
        }
        var block = memory - GuardSize;
        if (*(ulong*)block != Live)
        {
            Environment.FailFast("A native block was freed twice, or was never allocated.");
        }
        var size = *(int*)(block + sizeof(ulong));
        if (new ReadOnlySpan<byte>(block + sizeof(ulong) + sizeof(int), GuardSize - sizeof(ulong) - sizeof(int)).ContainsAnyExcept(GuardByte)
            || new ReadOnlySpan<byte>(memory + size, GuardSize).ContainsAnyExcept(GuardByte))
        {
            Environment.FailFast($"A native block of {size} bytes was written outside its bounds.");
        }
        new Span<byte>(block, size + 2 * GuardSize).Fill(FreedByte);
        NativeMemory.Free(block);
    }
}
