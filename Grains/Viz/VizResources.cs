using Google.Protobuf;
using Mesh.Grains.Endpoints;
using Mesh.Grains.Observed;
using Mesh.Grains.Ports;
using Mesh.Interfaces.NodeSession;
using Mesh.Interfaces.Traffic;

namespace Mesh.Grains.Viz;

/// <summary>Groups pods and traffic by the resource they belong to.</summary>
internal static class VizResources
{
    /// <summary>The running pods the query asks for, by namespace and name of their resource.</summary>
    public static ILookup<(string Namespace, string Name), ObservedPod> Pods(VizQuery query, IClusterView view) =>
        (query.Namespace.Length > 0 ? view.PodsInNamespace(query.Namespace) : view.Pods)
            .Where(pod => pod.Phase == "Running" && !pod.Terminating)
            .Where(pod => query.Kind is VizKinds.Namespace or VizKinds.Pod || pod.OwnerKind == query.Kind)
            .Select(pod => (Pod: pod, Name: Name(query.Kind, pod.Namespace, pod.Name, pod.OwnerName)))
            .Where(entry => query.Name.Length == 0 || entry.Name == query.Name)
            .ToLookup(entry => (entry.Pod.Namespace, entry.Name), entry => entry.Pod);

    /// <summary>Inbound traffic the query asks for, with the length of its window, by namespace and name of its resource.</summary>
    public static ILookup<(string Namespace, string Name), (TrafficSeries Series, double Seconds)> Inbound(
        VizQuery query, IReadOnlyDictionary<string, TrafficSummary> summaries) =>
        summaries
            .Where(summary => query.Namespace.Length == 0 || summary.Key == query.Namespace)
            .SelectMany(
                summary => summary.Value.Series,
                (summary, bytes) => (Series: TrafficSeries.Parser.ParseFrom(bytes), summary.Value.WindowSeconds))
            .Where(entry => entry.Series.Direction == TrafficSeries.Types.Direction.Inbound)
            .Where(entry => query.Kind is VizKinds.Namespace or VizKinds.Pod || entry.Series.OwnerKind == query.Kind)
            .Select(entry => (
                entry.Series,
                entry.WindowSeconds,
                Name: Name(query.Kind, entry.Series.Namespace, entry.Series.Pod, entry.Series.OwnerName)))
            .Where(entry => query.Name.Length == 0 || entry.Name == query.Name)
            .ToLookup(entry => (entry.Series.Namespace, entry.Name), entry => (entry.Series, entry.WindowSeconds));

    public static bool IsMeshed(ObservedPod pod, IClusterView view) => MeshedPods.IsMeshed(pod, view.Namespace(pod.Namespace));

    private static string Name(string kind, string ns, string pod, string owner) => kind switch
    {
        VizKinds.Namespace => ns,
        VizKinds.Pod => pod,
        _ => owner,
    };
}
