using Mesh.Proxy.Netns;

namespace Mesh.Proxy.Enrolment;

/// <summary>An enrolment with what this process holds for it; its listening sockets are the data plane's.</summary>
internal sealed class LiveEnrolment(
    Enrolment enrolment, NetworkNamespace netns, PodListeners listeners, string script, bool pathIsVisible) : IDisposable
{
    public Enrolment Enrolment { get; } = enrolment;

    public NetworkNamespace Netns { get; } = netns;

    /// <summary>The data plane's; open as long as the pod is enrolled.</summary>
    public PodListeners Listeners { get; } = listeners;

    /// <summary>
    /// Whether the path led to the namespace when the pod was enrolled. If not (the proxy's container does not see the node's mounts),
    /// that it does not do so later says nothing about the pod.
    /// </summary>
    public bool PathIsVisible { get; } = pathIsVisible;

    /// <summary>The redirect rules in place.</summary>
    public string Script { get; set; } = script;

    public void Dispose() => Netns.Dispose();
}
