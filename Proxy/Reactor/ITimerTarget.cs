namespace Mesh.Proxy.Reactor;

/// <summary>Somebody who set a <see cref="LoopTimer"/>.</summary>
internal interface ITimerTarget
{
    /// <summary>The limit has passed. Called on the loop; the timer is not set any more and may be set again.</summary>
    void OnTimer();
}
