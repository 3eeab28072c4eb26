using Mesh.Proxy.Reactor;

namespace Mesh.Proxy.DataPlane;

/// <summary>A destination some pod of the node has connected to.</summary>
/// <param name="Address">What the pod connects to.</param>
/// <param name="OpenConnections">Client connections open to it now.</param>
/// <param name="Idle">Since when nothing has used it; zero while connections are open.</param>
internal readonly record struct DestinationUse(SocketEndpoint Address, int OpenConnections, TimeSpan Idle);
