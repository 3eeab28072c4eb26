namespace Mesh.Proxy.DataPlane;

/// <summary>What came of looking for an upstream connection.</summary>
internal enum UpstreamStart
{
    /// <summary>It is there and open.</summary>
    Ready,

    /// <summary>It is being made; the client connection will be told.</summary>
    Pending,

    /// <summary>There is none to be had.</summary>
    Unavailable,
}
