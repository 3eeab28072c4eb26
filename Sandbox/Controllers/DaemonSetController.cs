using System.Text.Json.Nodes;
using Mesh.Sandbox.Api;
using Mesh.Sandbox.Api.Json;
using Mesh.Sandbox.Api.Selection;
using Mesh.Sandbox.Api.Storage;

namespace Mesh.Sandbox.Controllers;

/// <summary>
/// Keeps one pod of a DaemonSet on every node its node selector fits, ready or not; with <c>maxSurge</c>, during an update two: the new one
/// starts beside the old one, which is deleted when the new one is available.
/// </summary>
internal sealed class DaemonSetController : Controller
{
    private const string Resource = "daemonsets.apps";
    private const string Component = "daemonset-controller";

    private readonly RevisionHistory _history;

    public DaemonSetController(ClusterObjects cluster, ILogger logger) : base(cluster, logger) => _history = new(cluster);

    public override void OnChanged(StoreEvent change)
    {
        switch (change.Resource)
        {
            case Resource when change.Type != StoreEventType.Deleted:
                Enqueue(ObjectKey.Of(change));
                break;
            case "nodes" when change.Type != StoreEventType.Modified || change.Previous!.Labels.Count != change.Object.Labels.Count
                || change.Object.Labels.Any(l => change.Previous.Labels.GetValueOrDefault(l.Key) != l.Value):
                foreach (var set in Cluster.List(Resource))
                {
                    Enqueue(new(Resource, set.Namespace, set.Name));
                }
                break;
            case "pods" when PodTemplate.ControllerOf(change.Object) is { } owner
                && Cluster.Dependents.Find(owner) is { Resource: Resource } key:
                Enqueue(key);
                break;
        }
    }

    protected override void Reconcile(ObjectKey key)
    {
        if (Cluster.Get(key) is not { Deleting: false } set)
        {
            return;
        }
        var revision = _history.Ensure(set);
        var hash = revision[(set.Name.Length + 1)..];
        var nodes = Nodes(set);
        var failed = false;
        foreach (var node in nodes)
        {
            if (!failed && !Pods(set, node).Exists(PodReadiness.IsActiveOrEnding))
            {
                failed = !Create(key, set, node, hash);
            }
        }
        var names = nodes.Select(n => n.Name).ToHashSet();
        foreach (var pod in Cluster.Dependents.Of(set.Uid, "pods").Where(p => !p.Deleting))
        {
            if (!names.Contains(pod.Json.Text("spec", "nodeName") ?? "") || pod.Json.Text("status", "phase") is "Succeeded" or "Failed")
            {
                Delete(key, set, pod);
            }
        }
        if (set.Json.Text("spec", "updateStrategy", "type") == "RollingUpdate")
        {
            if (Limit(set, "maxSurge", nodes.Count) is > 0 and var surge)
            {
                Surge(key, set, nodes, hash, surge);
            }
            else
            {
                Replace(key, set, nodes.Count, hash);
            }
        }
        UpdateStatus(key, set, nodes, hash);
    }

    private List<StoredObject> Nodes(StoredObject set)
    {
        var selector = LabelSelector.FromLabels(set.Json.Strings("spec", "template", "spec", "nodeSelector"));
        return Cluster.List("nodes").FindAll(n => !n.Deleting && selector.Matches(n.Labels));
    }

    private List<StoredObject> Pods(StoredObject set, StoredObject node) =>
        Cluster.Dependents.Of(set.Uid, "pods").FindAll(p => p.Json.Text("spec", "nodeName") == node.Name);

    private bool Create(ObjectKey key, StoredObject set, StoredObject node, string hash)
    {
        var pod = PodTemplate.Instantiate(set);
        pod.Child("metadata")["generateName"] = $"{set.Name}-";
        var labels = pod.Child("metadata").Child("labels");
        labels[RevisionHistory.HashLabel] = hash;
        labels["pod-template-generation"] = $"{set.Json.Integer("metadata", "generation") ?? 1}";
        pod.Child("spec")["nodeName"] = node.Name;
        var tolerations = pod.Child("spec")["tolerations"] as JsonArray ?? [];
        foreach (var taint in (ReadOnlySpan<string>)["not-ready", "unreachable", "disk-pressure", "memory-pressure", "pid-pressure", "unschedulable"])
        {
            tolerations.Add((JsonNode)new JsonObject { ["key"] = $"node.kubernetes.io/{taint}", ["operator"] = "Exists" });
        }
        if (tolerations.Parent is null)
        {
            pod.Child("spec")["tolerations"] = tolerations;
        }
        try
        {
            var created = Cluster.Create("pods", set.Namespace, pod);
            Cluster.Record(key, set, "Normal", "SuccessfulCreate", $"Created pod: {created.Name}", Component);
            return true;
        }
        catch (ApiException e)
        {
            Cluster.Record(key, set, "Warning", "FailedCreate", $"Error creating: {e.Message}", Component);
            EnqueueAfter(key, TimeSpan.FromMilliseconds(500));
            return false;
        }
    }

    private void Delete(ObjectKey key, StoredObject set, StoredObject pod)
    {
        Cluster.Delete(new("pods", pod.Namespace, pod.Name), pod.Uid);
        Cluster.Record(key, set, "Normal", "SuccessfulDelete", $"Deleted pod: {pod.Name}", Component);
    }

    /// <summary>Replaces pods of an older template, never more at a time than may be unavailable.</summary>
    private void Replace(ObjectKey key, StoredObject set, int nodes, string hash)
    {
        var allowed = Math.Max(1, Limit(set, "maxUnavailable", nodes));
        var pods = Cluster.Dependents.Of(set.Uid, "pods");
        var old = pods.FindAll(p => !p.Deleting && p.Labels.GetValueOrDefault(RevisionHistory.HashLabel) != hash);
        var working = pods.Count(p => !p.Deleting && PodReadiness.IsReady(p));
        // Old pods that do not work cost nothing to replace.
        foreach (var pod in old.Where(p => !PodReadiness.IsReady(p)))
        {
            Delete(key, set, pod);
        }
        var room = (int)allowed - (nodes - working);
        foreach (var pod in old.Where(PodReadiness.IsReady).Take(Math.Max(0, room)))
        {
            Delete(key, set, pod);
        }
    }

    /// <summary>
    /// Starts new pods beside old ones, no more at a time than the surge, and deletes old ones whose successor is available. Pods that are
    /// being deleted count for nothing here, so the next node need not wait for them.
    /// </summary>
    private void Surge(ObjectKey key, StoredObject set, List<StoredObject> nodes, string hash, long surge)
    {
        var waiting = new List<StoredObject>();
        foreach (var node in nodes)
        {
            var pods = Pods(set, node).FindAll(PodReadiness.IsActive);
            var old = pods.Find(p => p.Labels.GetValueOrDefault(RevisionHistory.HashLabel) != hash);
            var successor = pods.Find(p => p.Labels.GetValueOrDefault(RevisionHistory.HashLabel) == hash);
            if (old is null)
            {
                continue;
            }
            if (successor is null)
            {
                waiting.Add(node);
            }
            else if (IsAvailable(key, set, successor) || !PodReadiness.IsReady(old))
            {
                Delete(key, set, old);
            }
            else
            {
                surge--;
            }
        }
        foreach (var node in waiting.Take((int)Math.Max(0, surge)))
        {
            Create(key, set, node, hash);
        }
    }

    private static long Limit(StoredObject set, string name, int nodes)
    {
        var limit = set.Json.At("spec", "updateStrategy", "rollingUpdate", name);
        return limit.Integer()
            ?? (long)Math.Ceiling(nodes * (double.TryParse(limit.Text()?.TrimEnd('%'), out var percent) ? percent : 0) / 100);
    }

    private bool IsAvailable(ObjectKey key, StoredObject set, StoredObject pod)
    {
        var available = PodReadiness.IsAvailable(pod, set.Json.Integer("spec", "minReadySeconds") ?? 0, Cluster.Now, out var wait);
        if (wait is { } delay)
        {
            EnqueueAfter(key, delay);
        }
        return available;
    }

    // Of two pods on a node the older one counts, as in Kubernetes: the update is complete when it is gone.
    private void UpdateStatus(ObjectKey key, StoredObject set, List<StoredObject> nodes, string hash)
    {
        var names = nodes.Select(n => n.Name).ToHashSet();
        var pods = Cluster.Dependents.Of(set.Uid, "pods").FindAll(PodReadiness.IsActiveOrEnding);
        var placed = pods.Where(p => names.Contains(p.Json.Text("spec", "nodeName") ?? "")).GroupBy(p => p.Json.Text("spec", "nodeName"))
            .Select(ofNode => ofNode.OrderBy(p => p.Json.Text("metadata", "creationTimestamp"), StringComparer.Ordinal)
                .ThenBy(p => p.Labels.GetValueOrDefault(RevisionHistory.HashLabel) == hash).First()).ToList();
        var misplaced = pods.Count(p => !names.Contains(p.Json.Text("spec", "nodeName") ?? ""));
        var available = placed.Count(pod => IsAvailable(key, set, pod));
        Cluster.UpdateStatus(key, status =>
        {
            status["observedGeneration"] = set.Json.Integer("metadata", "generation") ?? 1;
            status["currentNumberScheduled"] = placed.Count;
            status["desiredNumberScheduled"] = nodes.Count;
            status["numberMisscheduled"] = misplaced;
            status["numberReady"] = placed.Count(PodReadiness.IsReady);
            ReplicaSetController.Count(status, "updatedNumberScheduled",
                placed.Count(p => p.Labels.GetValueOrDefault(RevisionHistory.HashLabel) == hash));
            ReplicaSetController.Count(status, "numberAvailable", available);
            ReplicaSetController.Count(status, "numberUnavailable", nodes.Count - available);
        });
    }
}
