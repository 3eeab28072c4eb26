using Mesh.Kubernetes.Resources;

namespace Mesh.Cli.Workloads;

/// <summary>Whether a pod is ready to serve.</summary>
internal static class PodReadiness
{
    public static bool IsReady(this Pod pod) => pod.Status.Conditions.Any(c => c is { Type: "Ready", Status: "True" });
}
