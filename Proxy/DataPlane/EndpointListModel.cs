namespace Mesh.Proxy.DataPlane;

/// <summary>The endpoints behind one port of one service. Immutable; a change makes a new one.</summary>
/// <param name="Endpoints">All of them, ready or not.</param>
/// <param name="Protocol">What the service says its port speaks.</param>
internal sealed record EndpointListModel(EndpointModel[] Endpoints, TrafficProtocol Protocol)
{
    public static EndpointListModel Empty { get; } = new([], TrafficProtocol.Detect);

    /// <summary>Whether some endpoint takes its bytes unread: the other side would not look at them either.</summary>
    public bool HasOpaque { get; } = Array.Exists(Endpoints, endpoint => endpoint.Opaque);

    public bool HasMeshed { get; } = Array.Exists(Endpoints, endpoint => endpoint.IsMeshed);
}
