namespace Mesh.Proxy.Metrics;

/// <summary>Why the proxy ended a connection or answered a request itself. The label <c>error</c> of the error counters.</summary>
internal enum ProxyError
{
    None,

    /// <summary>The kernel does not know where the connection was going.</summary>
    NoOriginalDestination,

    /// <summary>The connection would have come back to the proxy, or goes to an address that is not the pod's.</summary>
    Loop,

    /// <summary>The control plane has not told about the pod.</summary>
    UnknownPod,

    /// <summary>The pod's service account has no certificate yet.</summary>
    NoCertificate,

    /// <summary>A TLS handshake failed: not TLS after all, a certificate of another CA, names that are not a workload's.</summary>
    Handshake,

    /// <summary>The peer is somebody else than expected.</summary>
    Identity,

    /// <summary>A handshake or a request head did not come in time.</summary>
    Timeout,

    /// <summary>A request that could be read in two ways, or not at all.</summary>
    BadRequest,

    /// <summary>No endpoint is ready or reachable.</summary>
    NoEndpoint,

    /// <summary>All ready endpoints are out of use, after failing request after request.</summary>
    EndpointsOut,

    /// <summary>A TCP connection could not be made.</summary>
    Connect,

    /// <summary>A TCP connection could not be made in time.</summary>
    ConnectTimeout,

    /// <summary>The upstream connection broke before the response was whole.</summary>
    UpstreamLost,

    /// <summary>The upstream did not answer in time, or a request took longer than its time limits allow.</summary>
    UpstreamTimeout,

    /// <summary>The upstream's response could be read in two ways, or not at all.</summary>
    BadResponse,

    /// <summary>The control plane did not say in time what an address is; plain TCP was used.</summary>
    DiscoveryTimeout,

    /// <summary>The loop carries as many connections as it may.</summary>
    TooManyConnections,

    /// <summary>The pod has as many connections as it may.</summary>
    TooManyPodConnections,

    /// <summary>A bug of the proxy.</summary>
    Internal,
}
