using Mesh.Grains.Observed;
using Mesh.Grains.Ports;

namespace Mesh.Silo.NodeSessions;

/// <summary>Finds pods in the informer's view, and waits a little for those that are so new that it has not seen them.</summary>
internal sealed class PodLookup(IClusterView view, TimeProvider time)
{
    /// <returns>A pod of the namespace that fulfils the condition, or null when none does within <paramref name="patience"/>.</returns>
    public async Task<ObservedPod?> FindAsync(
        string ns, Func<ObservedPod, bool> condition, TimeSpan patience, CancellationToken cancellationToken)
    {
        if (view.PodsInNamespace(ns).FirstOrDefault(condition) is { } known)
        {
            return known;
        }
        var found = new TaskCompletionSource<ObservedPod>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var subscription = view.Subscribe(new ClusterFilter(ClusterTopic.Pods, ns), change =>
        {
            if (view.Pod(change.Namespace, change.Name) is { } pod && condition(pod))
            {
                found.TrySetResult(pod);
            }
        });
        // It may have come between the look and the subscription.
        if (view.PodsInNamespace(ns).FirstOrDefault(condition) is { } meanwhile)
        {
            return meanwhile;
        }
        try
        {
            return await found.Task.WaitAsync(patience, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }
}
