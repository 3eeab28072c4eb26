using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;

namespace Mesh.Proxy.DataPlane;

/// <summary>
/// A pod whose connections this node's proxy carries. The engine owns the handles from <see cref="DataPlaneEngine.AddPod"/> on and
/// closes them when the pod is removed or the engine stops.
/// </summary>
internal sealed class EnrolledPod
{
    private readonly int[] _connections = new int[2];

    /// <summary>The pod's UID; the key of its resource in the snapshot.</summary>
    public required string Uid { get; init; }

    public required string Namespace { get; init; }

    public required string Name { get; init; }

    /// <summary>
    /// The pod's network namespace, in which upstream sockets are made. Null: the proxy's own namespace (tests on loopback).
    /// </summary>
    public SafeFileHandle? NetworkNamespace { get; init; }

    /// <summary>Whose address the application can be shown; the pod's annotation may still ask for less.</summary>
    public SourceAddress SourceAddress { get; init; }

    /// <summary>Listening sockets (in the pod's namespace) to which the pod's own connections are redirected.</summary>
    public required IReadOnlyList<SafeSocketHandle> OutboundListeners { get; init; }

    /// <summary>Listening sockets (in the pod's namespace) to which connections to the pod are redirected.</summary>
    public required IReadOnlyList<SafeSocketHandle> InboundListeners { get; init; }

    /// <summary>Counts a connection in, on any loop.</summary>
    /// <param name="direction">Each has its own count: a pod that is flooded can still make connections.</param>
    /// <param name="most">How many there may be.</param>
    /// <returns>False, and nothing is counted: there are as many already.</returns>
    public bool TryTakeConnection(ConnectionDirection direction, int most)
    {
        ref var count = ref _connections[(int)direction];
        if (Interlocked.Increment(ref count) <= most)
        {
            return true;
        }
        Interlocked.Decrement(ref count);
        return false;
    }

    /// <summary>A connection that was counted in has ended.</summary>
    public void ReturnConnection(ConnectionDirection direction) => Interlocked.Decrement(ref _connections[(int)direction]);
}
