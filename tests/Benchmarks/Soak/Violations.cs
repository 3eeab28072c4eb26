using System.Globalization;

namespace Mesh.Benchmarks.Soak;

/// <summary>What has happened that must not happen, and when. Thread-safe.</summary>
internal sealed class Violations(TimeProvider time, TextWriter told)
{
    // One fault has many victims; the first ones tell what it is.
    private const int MostTold = 25;
    private readonly Lock _lock = new();
    private readonly long _started = time.GetTimestamp();
    private int _count;

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _count;
            }
        }
    }

    public TimeSpan Elapsed => time.GetElapsedTime(_started);

    public void Add(string what)
    {
        lock (_lock)
        {
            if (++_count <= MostTold)
            {
                told.WriteLine(string.Create(
                    CultureInfo.InvariantCulture, $"VIOLATION after {Elapsed.TotalSeconds:0.000} s: {what}"));
            }
        }
    }
}
