using Mesh.Proxy.Netns;

namespace Mesh.Proxy.Enrolment;

/// <summary>An enrolment with what this process holds for it; its listening sockets are the data plane's.</summary>
internal sealed class LiveEnrolment(Enrolment enrolment, NetworkNamespace netns, string script) : IDisposable
{
    public Enrolment Enrolment { get; } = enrolment;

    public NetworkNamespace Netns { get; } = netns;

    /// <summary>The redirect rules in place.</summary>
    public string Script { get; set; } = script;

    public void Dispose() => Netns.Dispose();
}
