namespace Mesh.Proxy.DataPlane;

/// <summary>The handles of an enrolled pod, closed when the last loop has let go of them.</summary>
internal sealed class PodHandles(EnrolledPod pod, int loops)
{
    private int _references = loops;
    private int _listening = loops;

    /// <summary>A loop accepts no more; it goes on with the connections it has.</summary>
    public void ReleaseListeners()
    {
        if (Interlocked.Decrement(ref _listening) == 0)
        {
            CloseListeners();
        }
    }

    /// <summary>A loop has let go of the pod.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _references) != 0)
        {
            return;
        }
        CloseListeners();
        pod.NetworkNamespace?.Dispose();
    }

    private void CloseListeners()
    {
        foreach (var handle in pod.OutboundListeners.Concat(pod.InboundListeners))
        {
            handle.Dispose();
        }
    }
}
