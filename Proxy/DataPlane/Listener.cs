using System.Net.Sockets;
using Mesh.Proxy.Metrics;
using Mesh.Proxy.Reactor;

namespace Mesh.Proxy.DataPlane;

/// <summary>Accepts a pod's connections on one loop. Does not own the listening socket, which several loops may watch.</summary>
internal sealed class Listener(ProxyLoop owner, PodRuntime pod, SafeSocketHandle handle, ConnectionDirection direction) : EventSource
{
    // Level-triggered: what is left is reported again, after the connections there are had their turn.
    private const int MaxPerTurn = 64;

    private int Handle => (int)handle.DangerousGetHandle();

    public bool TryStart()
    {
        NativeSocket.SetNonBlocking(Handle);
        return owner.Loop.WatchListener(this, Handle);
    }

    public void Stop() => owner.Loop.Unwatch(this, Handle);

    public override void OnReady()
    {
        for (var i = 0; i < MaxPerTurn && Slot >= 0; i++)
        {
            var socket = NativeSocket.Accept(Handle, out var error);
            if (socket is null)
            {
                if (error != 0)
                {
                    owner.OnAcceptFailed(direction, error);
                }
                return;
            }
            if (owner.IsStopping || owner.Metrics.Connections >= owner.Options.MaxConnectionsPerLoop)
            {
                owner.Metrics.Count(direction, ProxyError.TooManyConnections);
                socket.Close(abort: true);
                continue;
            }
            if (!pod.Pod.TryTakeConnection(direction, owner.Options.MaxConnectionsPerPod))
            {
                owner.OnPodLimit(pod, direction);
                socket.Close(abort: true);
                continue;
            }
            socket.SetNoDelay();
            var channel = new Channel(owner.Loop, socket);
            DownstreamConnection connection = direction == ConnectionDirection.Inbound
                ? new InboundConnection(owner, pod, channel)
                : new OutboundConnection(owner, pod, channel);
            connection.Begin(channel);
        }
    }

    public override void OnFault(Exception exception)
    {
        // The listener stays: one connection's bug must not shut the pod off.
    }
}
