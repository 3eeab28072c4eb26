namespace Mesh.Proxy.Reactor;

/// <summary>What a read or write returns instead of a count of bytes.</summary>
internal static class IoResult
{
    /// <summary>Nothing can be read, or written, now; the loop will say when.</summary>
    public const int Again = -1;

    /// <summary>The connection is broken.</summary>
    public const int Failed = -2;
}
