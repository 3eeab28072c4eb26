namespace Mesh.Proxy.DataPlane;

/// <summary>How much a destination is used, over all loops. Thread-safe.</summary>
internal sealed class DestinationActivity
{
    private int _open;
    private long _lastUsed;

    public int Open => Volatile.Read(ref _open);

    /// <summary>A timestamp of the engine's clock.</summary>
    public long LastUsed => Volatile.Read(ref _lastUsed);

    public void Begin(long timestamp)
    {
        Interlocked.Increment(ref _open);
        Volatile.Write(ref _lastUsed, timestamp);
    }

    public void End(long timestamp)
    {
        Volatile.Write(ref _lastUsed, timestamp);
        Interlocked.Decrement(ref _open);
    }
}
