using Mesh.Proxy.Metrics;

namespace Mesh.Proxy.DataPlane;

/// <summary>Whoever an upstream connection is made for.</summary>
internal interface IUpstreamUser
{
    /// <summary>It can be used.</summary>
    void OnUpstreamOpen();

    /// <summary>It could not be made; it is closed.</summary>
    void OnUpstreamFailed(ProxyError error, string reason);

    /// <summary>It may be readable or writable again.</summary>
    void OnUpstreamReady();

    /// <summary>A bug: the user closes itself without throwing.</summary>
    void OnFault(Exception exception);
}
