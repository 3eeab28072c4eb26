using Mesh.Proxy.Metrics;

namespace Mesh.Proxy.DataPlane;

/// <summary>Whoever waits for a shared connection to be made.</summary>
internal interface ISessionWaiter
{
    /// <summary>Streams can be opened on it.</summary>
    void OnSessionOpen(UpstreamSession session);

    /// <summary>It could not be made.</summary>
    void OnSessionFailed(ProxyError error, string reason);
}
