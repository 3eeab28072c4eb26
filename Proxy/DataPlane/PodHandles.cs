namespace Mesh.Proxy.DataPlane;

/// <summary>The handles of an enrolled pod, closed when the last loop has let go of them.</summary>
internal sealed class PodHandles(EnrolledPod pod, int loops)
{
    private int _references = loops;

    public void Release()
    {
        if (Interlocked.Decrement(ref _references) != 0)
        {
            return;
        }
        foreach (var handle in pod.OutboundListeners.Concat(pod.InboundListeners))
        {
            handle.Dispose();
        }
        pod.NetworkNamespace?.Dispose();
    }
}
