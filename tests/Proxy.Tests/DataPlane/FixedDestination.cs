using System.Collections.Concurrent;
using Mesh.Proxy.DataPlane;
using Mesh.Proxy.Reactor;

namespace Mesh.Proxy.Tests.DataPlane;

/// <summary>Stands for the redirect rules: says for each pod and direction where its connections were going.</summary>
internal sealed class FixedDestination : IOriginalDestination
{
    public ConcurrentDictionary<(string Uid, ConnectionDirection Direction), SocketEndpoint> Destinations { get; } = new();

    public bool TryGet(NativeSocket socket, EnrolledPod pod, ConnectionDirection direction, out SocketEndpoint destination) =>
        Destinations.TryGetValue((pod.Uid, direction), out destination);
}
