namespace Mesh.Proxy.Reactor;

/// <summary>Something a loop watches: a connection or a listener. Belongs to one loop for its whole life.</summary>
internal abstract class EventSource
{
    /// <summary>Whether a read may succeed. Set by the loop, cleared by whoever finds the socket empty (edge-triggered).</summary>
    public bool CanRead { get; set; }

    /// <summary>Whether a write may succeed. Set by the loop, cleared by whoever finds the socket full.</summary>
    public bool CanWrite { get; set; }

    /// <summary>The peer has ended its stream or the connection broke: a short read does not mean drained any more.</summary>
    public bool HungUp { get; set; }

    /// <summary>The connection broke, or both sides have ended it: nothing more can be written.</summary>
    public bool HasBroken { get; set; }

    internal int Slot { get; set; } = -1;

    internal bool IsDeferred { get; set; }

    /// <summary>The flags have changed, or the turn asked for with <see cref="EventLoop.Defer"/> has come. Runs on the loop.</summary>
    public abstract void OnReady();

    /// <summary><see cref="OnReady"/> threw, which is a bug: the source must close itself without throwing.</summary>
    public abstract void OnFault(Exception exception);
}
