using Mesh.Proxy.Netns;

namespace Mesh.Proxy.Enrolment;

/// <summary>A pod as the older process hands it over. Owned by whoever takes it up.</summary>
/// <param name="Enrolment">Which.</param>
/// <param name="Script">The redirect rules in place.</param>
/// <param name="Netns">Its network namespace.</param>
/// <param name="Listeners">The listening sockets the older process still accepts from.</param>
internal sealed record InheritedPod(Enrolment Enrolment, string Script, NetworkNamespace Netns, PodListeners Listeners)
    : IDisposable
{
    /// <summary>Closes what nobody has taken up.</summary>
    public void Dispose()
    {
        Netns.Dispose();
        Listeners.Dispose();
    }
}
