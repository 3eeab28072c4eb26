namespace Mesh.Proxy.DataPlane;

/// <summary>The endpoints behind one port of one service. Immutable; a change makes a new one.</summary>
/// <param name="Endpoints">All of them, ready or not.</param>
/// <param name="Protocol">What the service says its port speaks.</param>
internal sealed record EndpointListModel(EndpointModel[] Endpoints, TrafficProtocol Protocol)
{
    public static EndpointListModel Empty { get; } = new([], TrafficProtocol.Detect);
}
