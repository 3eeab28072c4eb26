using Mesh.Sandbox.Api;
using Mesh.Sandbox.Api.Json;
using Mesh.Sandbox.Api.Selection;
using Mesh.Sandbox.Api.Storage;

namespace Mesh.Sandbox.Controllers;

/// <summary>
/// Places pods on nodes: Ready, not cordoned, fitting the pod's nodeSelector, required node affinity and <see cref="PodSpreading"/>, its
/// taints tolerated; among those the one its preferences speak least against, then with the fewest pods of the same owner, then the fewest
/// pods. A pod that fits nowhere is looked at again when a node changes or another pod goes.
/// </summary>
internal sealed class Scheduler : Controller
{
    public Scheduler(ClusterObjects cluster, ILogger logger) : base(cluster, logger)
    {
    }

    public override void OnChanged(StoreEvent change)
    {
        switch (change.Resource)
        {
            case "pods" when change.Type != StoreEventType.Deleted && IsWaiting(change.Object):
                Enqueue(ObjectKey.Of(change));
                break;
            // It may have been in the way.
            case "pods" when change.Type == StoreEventType.Deleted:
                EnqueueWaiting();
                break;
            case "nodes" when change.Type != StoreEventType.Deleted && BecameUsable(change):
                EnqueueWaiting();
                break;
        }
    }

    private void EnqueueWaiting()
    {
        foreach (var pod in Cluster.List("pods").Where(IsWaiting))
        {
            Enqueue(new("pods", pod.Namespace, pod.Name));
        }
    }

    protected override void Reconcile(ObjectKey key)
    {
        if (Cluster.Get(key) is not { } pod || !IsWaiting(pod))
        {
            return;
        }
        var nodes = Cluster.List("nodes");
        var spreading = new PodSpreading(pod, nodes, Cluster.List("pods"));
        var fitting = nodes.FindAll(n => Fits(n, pod) && spreading.Allows(n));
        if (fitting.Count == 0)
        {
            var message = $"0/{nodes.Count} nodes are available: {Explain(nodes, pod, spreading)}";
            if (Conditions.Get(pod.Json, "PodScheduled") != "False")
            {
                Cluster.UpdateStatus(key, status => Conditions.Set(status, "PodScheduled", "False", "Unschedulable", message, Cluster.Now));
                Cluster.Record(key, pod, "Warning", "FailedScheduling", message, "default-scheduler");
            }
            return;
        }
        var chosen = Choose(fitting, pod, spreading);
        Cluster.Bind(pod, chosen);
        Cluster.Record(key, pod, "Normal", "Scheduled", $"Successfully assigned {pod.Namespace}/{pod.Name} to {chosen}", "default-scheduler");
    }

    private string Choose(List<StoredObject> fitting, StoredObject pod, PodSpreading spreading)
    {
        var owner = Owner(pod);
        var load = fitting.ToDictionary(n => n.Name, _ => (Siblings: 0, All: 0));
        foreach (var other in Cluster.List("pods"))
        {
            if (other.Json.Text("spec", "nodeName") is { } node && load.TryGetValue(node, out var counts) && !other.Deleting)
            {
                load[node] = (counts.Siblings + (owner is not null && Owner(other) == owner ? 1 : 0), counts.All + 1);
            }
        }
        return load.OrderBy(l => spreading.Penalty(fitting.Find(n => n.Name == l.Key)!)).ThenBy(l => l.Value.Siblings).ThenBy(l => l.Value.All).ThenBy(l => l.Key, StringComparer.Ordinal).First().Key;
    }

    private static string? Owner(StoredObject pod) =>
        pod.Json.Objects("metadata", "ownerReferences").FirstOrDefault(o => o.Flag("controller") == true).Text("uid");

    private static bool IsWaiting(StoredObject pod) =>
        string.IsNullOrEmpty(pod.Json.Text("spec", "nodeName")) && !pod.Deleting
        && pod.Json.Text("spec", "schedulerName") is (null or "default-scheduler")
        && pod.Json.Text("status", "phase") is not ("Succeeded" or "Failed");

    private static bool BecameUsable(StoreEvent change) =>
        IsReady(change.Object) && (change.Previous is null || !IsReady(change.Previous)
            || change.Previous.Json.Flag("spec", "unschedulable") != change.Object.Json.Flag("spec", "unschedulable")
            || change.Previous.Json.Sequence("spec", "taints")?.Count != change.Object.Json.Sequence("spec", "taints")?.Count
            || change.Previous.Labels.Count != change.Object.Labels.Count);

    private static bool IsReady(StoredObject node) => Conditions.Get(node.Json, "Ready") == "True";

    private static bool Fits(StoredObject node, StoredObject pod) =>
        IsReady(node) && node.Json.Flag("spec", "unschedulable") != true && MatchesSelector(node, pod)
        && node.Json.Objects("spec", "taints").All(taint => taint.Text("effect") == "PreferNoSchedule"
            || Tolerations.Tolerates(pod.Json, taint));

    private static bool MatchesSelector(StoredObject node, StoredObject pod)
    {
        if (!LabelSelector.FromLabels(pod.Json.Strings("spec", "nodeSelector")).Matches(node.Labels))
        {
            return false;
        }
        var terms = pod.Json
            .Objects("spec", "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms")
            .ToList();
        return terms.Count == 0 || terms.Any(term => LabelSelector.FromObject(term).Matches(node.Labels));
    }

    private static string Explain(List<StoredObject> nodes, StoredObject pod, PodSpreading spreading)
    {
        var reasons = nodes.GroupBy(n =>
            !IsReady(n) ? "node(s) were not ready"
            : n.Json.Flag("spec", "unschedulable") == true ? "node(s) were unschedulable"
            : !MatchesSelector(n, pod) ? "node(s) didn't match Pod's node affinity/selector"
            : Fits(n, pod) && !spreading.Allows(n) ? "node(s) didn't match pod anti-affinity rules or topology spread constraints"
            : "node(s) had untolerated taint(s)");
        return nodes.Count == 0 ? "no nodes available to schedule pods." : string.Join(", ", reasons.Select(r => $"{r.Count()} {r.Key}")) + ".";
    }
}
