using Mesh.Grains.Observed;

namespace Mesh.Grains.Endpoints;

/// <summary>Which pods belong to the mesh.</summary>
public static class MeshedPods
{
    /// <summary>
    /// True when the pod is to be enrolled: <c>linkerd.io/inject</c> is "enabled" or "ingress" on the pod, or on its namespace and nothing
    /// else on the pod, and it has a network namespace of its own. It says nothing of whether the pod runs yet.
    /// </summary>
    /// <param name="pod">The pod.</param>
    /// <param name="ns">Its namespace; null when that is not known.</param>
    public static bool IsMeshed(ObservedPod pod, ObservedNamespace? ns) =>
        !pod.HostNetwork && MeshAnnotations.Effective(pod, ns, MeshAnnotations.Inject) is "enabled" or "ingress";

    /// <summary>The pod has ended for good: its address may be somebody else's already.</summary>
    public static bool IsFinished(ObservedPod pod) => pod.Phase is "Succeeded" or "Failed";
}
