using Mesh.Proxy.Reactor;

namespace Mesh.Proxy.DataPlane;

/// <summary>Finds out where a redirected connection was really going.</summary>
internal interface IOriginalDestination
{
    /// <summary>Called on a loop for every accepted connection; must not block.</summary>
    /// <returns>False when it cannot be found out; the connection is then closed.</returns>
    bool TryGet(NativeSocket socket, EnrolledPod pod, ConnectionDirection direction, out SocketEndpoint destination);
}
