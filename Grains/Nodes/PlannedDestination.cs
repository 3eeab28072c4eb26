using System.Net.Sockets;
using Mesh.Interfaces.Keys;
using Mesh.Interfaces.NodeSession;

namespace Mesh.Grains.Nodes;

/// <param name="Destination">What the address stands for.</param>
/// <param name="EndpointSet">The service whose endpoints are behind it; null when there is none.</param>
/// <param name="Family">Which of its endpoints a client of this address gets, if there are any of this family.</param>
internal sealed record PlannedDestination(
    Destination Destination, ServiceKey? EndpointSet, AddressFamily Family = AddressFamily.InterNetwork);
