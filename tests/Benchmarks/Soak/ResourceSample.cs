using System.Globalization;
using Mesh.Proxy.Reactor;

namespace Mesh.Benchmarks.Soak;

/// <summary>What the process holds at one moment.</summary>
/// <param name="Managed">Bytes of live objects, after a full collection.</param>
/// <param name="Native">Resident bytes that are not the collector's.</param>
/// <param name="Descriptors">Open sockets, pipes and the like; not files, which are the runtime's libraries.</param>
/// <param name="Blocks">Native blocks of the data plane, those it keeps for later included.</param>
/// <param name="Rented">Buffers in use.</param>
internal sealed record ResourceSample(long Managed, long Native, int Descriptors, long Blocks, int Rented)
{
    public static async Task<ResourceSample> TakeAsync(SoakMesh mesh)
    {
        var rented = await mesh.Client.RentedAsync() + await mesh.Server.RentedAsync();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        var collected = GC.GetGCMemoryInfo(GCKind.Any);
        return new ResourceSample(
            GC.GetTotalMemory(forceFullCollection: false), Resident() - collected.TotalCommittedBytes, OpenDescriptors(),
            NativeAllocator.Outstanding, rented);
    }

    public static int OpenDescriptors() => Directory.GetFileSystemEntries("/proc/self/fd")
        .Count(descriptor => new FileInfo(descriptor).LinkTarget is { } target && target[0] != '/');

    private static long Resident() =>
        long.Parse(File.ReadAllText("/proc/self/statm").Split(' ')[1], CultureInfo.InvariantCulture) * Environment.SystemPageSize;

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Managed / 1e6:0.0} MB managed, {Native / 1e6:0.0} MB native, {Descriptors} descriptors, {Blocks} blocks, {Rented} rented");
}
