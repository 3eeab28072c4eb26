using Mesh.Sandbox.Api;
using Mesh.Sandbox.Api.Json;
using Mesh.Sandbox.Api.Storage;

namespace Mesh.Sandbox.Controllers;

/// <summary>What controllers ask of a pod.</summary>
internal static class PodReadiness
{
    /// <summary>Neither ended nor about to.</summary>
    public static bool IsActive(StoredObject pod) => !pod.Deleting && pod.Json.Text("status", "phase") is not ("Succeeded" or "Failed");

    /// <summary>Takes up its place: a pod that is being stopped still does.</summary>
    public static bool IsActiveOrEnding(StoredObject pod) => pod.Json.Text("status", "phase") is not ("Succeeded" or "Failed");

    public static bool IsReady(StoredObject pod) => Conditions.Get(pod.Json, "Ready") == "True";

    /// <summary>Ready for long enough; otherwise how much longer it takes, null while it is not even ready.</summary>
    public static bool IsAvailable(StoredObject pod, long minReadySeconds, DateTimeOffset now, out TimeSpan? wait)
    {
        wait = null;
        if (!IsReady(pod))
        {
            return false;
        }
        if (minReadySeconds == 0)
        {
            return true;
        }
        var since = pod.Json.Objects("status", "conditions").First(c => c.Text("type") == "Ready").Time("lastTransitionTime") ?? now;
        var left = since + TimeSpan.FromSeconds(minReadySeconds) - now;
        wait = left > TimeSpan.Zero ? left : null;
        return left <= TimeSpan.Zero;
    }

    /// <summary>Of pods to delete, first those that are missed least: not placed, not ready, youngest.</summary>
    public static IEnumerable<StoredObject> ByExpendability(IEnumerable<StoredObject> pods) => pods
        .OrderBy(p => p.Json.Text("spec", "nodeName") is null ? 0 : 1)
        .ThenBy(IsReady)
        .ThenByDescending(p => p.Json.Text("metadata", "creationTimestamp"), StringComparer.Ordinal)
        .ThenByDescending(p => p.Revision);
}
