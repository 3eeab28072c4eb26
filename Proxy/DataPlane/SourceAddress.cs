namespace Mesh.Proxy.DataPlane;

/// <summary>Whose address a pod's application sees as that of its clients.</summary>
internal enum SourceAddress
{
    /// <summary>The pod's own: nobody asked for another.</summary>
    Pod,

    /// <summary>The client's; the pod's network namespace is set up for it.</summary>
    Client,

    /// <summary>The pod's own, though the client's is wanted: the namespace could not be set up. Counted per connection.</summary>
    Refused,
}
