using Mesh.Proxy.Reactor;

namespace Mesh.Proxy.DataPlane;

/// <summary>Asks the kernel: the redirect rules in the pod's namespace keep the original destination of every connection.</summary>
internal sealed class RedirectedDestination : IOriginalDestination
{
    public bool TryGet(NativeSocket socket, EnrolledPod pod, ConnectionDirection direction, out SocketEndpoint destination) =>
        socket.TryGetOriginalDestination(out destination);
}
