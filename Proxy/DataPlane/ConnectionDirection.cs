namespace Mesh.Proxy.DataPlane;

/// <summary>Which way a connection goes, seen from the pod.</summary>
internal enum ConnectionDirection
{
    /// <summary>Somebody connects to the pod.</summary>
    Inbound,

    /// <summary>The pod connects to somebody.</summary>
    Outbound,
}
