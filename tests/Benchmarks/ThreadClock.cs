using System.Runtime.InteropServices;

namespace Mesh.Benchmarks;

/// <summary>CPU time of the calling thread.</summary>
internal static class ThreadClock
{
    private const int ThreadCpuTime = 3;

    /// <summary>Microseconds of CPU the calling thread has used.</summary>
    public static long Microseconds()
    {
        _ = clock_gettime(ThreadCpuTime, out var time);
        return time.Seconds * 1_000_000 + time.Nanoseconds / 1000;
    }

    [DllImport("libc")]
    private static extern int clock_gettime(int clock, out TimeSpec time);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
