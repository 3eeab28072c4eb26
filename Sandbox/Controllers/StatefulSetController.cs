using System.Text.Json.Nodes;
using Mesh.Sandbox.Api;
using Mesh.Sandbox.Api.Json;
using Mesh.Sandbox.Api.Storage;

namespace Mesh.Sandbox.Controllers;

/// <summary>Keeps a StatefulSet's numbered pods: created in order (or all at once), replaced from the highest number down.</summary>
internal sealed class StatefulSetController : Controller
{
    private const string Resource = "statefulsets.apps";
    private const string Component = "statefulset-controller";

    private readonly RevisionHistory _history;

    public StatefulSetController(ClusterObjects cluster, ILogger logger) : base(cluster, logger) => _history = new(cluster);

    public override void OnChanged(StoreEvent change)
    {
        if (change.Resource == Resource && change.Type != StoreEventType.Deleted)
        {
            Enqueue(ObjectKey.Of(change));
        }
        else if (change.Resource == "pods" && PodTemplate.ControllerOf(change.Object) is { } owner
            && Cluster.Dependents.Find(owner) is { Resource: Resource } key)
        {
            Enqueue(key);
        }
    }

    protected override void Reconcile(ObjectKey key)
    {
        if (Cluster.Get(key) is not { Deleting: false } set)
        {
            return;
        }
        var update = _history.Ensure(set);
        var current = set.Json.Text("status", "currentRevision") ?? update;
        var first = set.Json.Integer("spec", "ordinals", "start") ?? 0;
        var wanted = set.Json.Integer("spec", "replicas") ?? 1;
        var pods = Pods(set);
        var parallel = set.Json.Text("spec", "podManagementPolicy") == "Parallel";
        if (FillGaps(key, set, pods, first, wanted, current, update, parallel) && ScaleDown(key, set, pods, first, wanted, parallel))
        {
            Replace(key, set, pods, first, wanted, update);
        }
        UpdateStatus(key, set, current, update);
    }

    private Dictionary<long, StoredObject> Pods(StoredObject set)
    {
        var pods = new Dictionary<long, StoredObject>();
        foreach (var pod in Cluster.Dependents.Of(set.Uid, "pods"))
        {
            if (pod.Name.Length > set.Name.Length && long.TryParse(pod.Name[(set.Name.Length + 1)..], out var ordinal))
            {
                pods[ordinal] = pod;
            }
        }
        return pods;
    }

    /// <summary>Creates what is missing. False when an ordered set has to wait for a pod first.</summary>
    private bool FillGaps(
        ObjectKey key, StoredObject set, Dictionary<long, StoredObject> pods, long first, long wanted, string current, string update, bool parallel)
    {
        for (var ordinal = first; ordinal < first + wanted; ordinal++)
        {
            if (!pods.TryGetValue(ordinal, out var pod))
            {
                Create(key, set, ordinal, IsHeldBack(set, ordinal) ? current : update);
            }
            else if (pod.Json.Text("status", "phase") is "Succeeded" or "Failed")
            {
                // The number is needed again: the ended pod makes room.
                Cluster.Delete(new("pods", pod.Namespace, pod.Name), pod.Uid);
            }
            else if (!pod.Deleting && IsHealthy(key, set, pod))
            {
                continue;
            }
            if (!parallel)
            {
                // An old pod that never became healthy must be replaceable, or a bad template could not be repaired.
                return pod is { Deleting: false } && Revision(pod) != update && !IsHeldBack(set, ordinal);
            }
        }
        return true;
    }

    private bool ScaleDown(ObjectKey key, StoredObject set, Dictionary<long, StoredObject> pods, long first, long wanted, bool parallel)
    {
        foreach (var (ordinal, pod) in pods.Where(p => p.Key < first || p.Key >= first + wanted).OrderByDescending(p => p.Key))
        {
            if (!pod.Deleting)
            {
                Cluster.Delete(new("pods", pod.Namespace, pod.Name), pod.Uid);
                Cluster.Record(key, set, "Normal", "SuccessfulDelete", $"delete Pod {pod.Name} in StatefulSet {set.Name} successful", Component);
            }
            if (!parallel)
            {
                return false;
            }
        }
        return true;
    }

    private void Replace(ObjectKey key, StoredObject set, Dictionary<long, StoredObject> pods, long first, long wanted, string update)
    {
        if (set.Json.Text("spec", "updateStrategy", "type") != "RollingUpdate")
        {
            return;
        }
        for (var ordinal = first + wanted - 1; ordinal >= first && !IsHeldBack(set, ordinal); ordinal--)
        {
            if (!pods.TryGetValue(ordinal, out var pod))
            {
                return;
            }
            if (Revision(pod) != update && !pod.Deleting)
            {
                Cluster.Delete(new("pods", pod.Namespace, pod.Name), pod.Uid);
                Cluster.Record(key, set, "Normal", "SuccessfulDelete", $"delete Pod {pod.Name} in StatefulSet {set.Name} successful", Component);
                return;
            }
            if (pod.Deleting || !IsHealthy(key, set, pod))
            {
                return;
            }
        }
    }

    private void Create(ObjectKey key, StoredObject set, long ordinal, string revision)
    {
        var name = $"{set.Name}-{ordinal}";
        var pod = PodTemplate.Instantiate(set);
        if (_history.Template(set, revision) is { } template)
        {
            pod["spec"] = template["spec"]?.DeepClone();
        }
        pod.Child("metadata")["name"] = name;
        var labels = pod.Child("metadata").Child("labels");
        labels["statefulset.kubernetes.io/pod-name"] = name;
        labels["apps.kubernetes.io/pod-index"] = $"{ordinal}";
        labels[RevisionHistory.HashLabel] = revision;
        var spec = pod.Child("spec");
        spec["hostname"] = name;
        if (set.Json.Text("spec", "serviceName") is { Length: > 0 } service)
        {
            spec["subdomain"] = service;
        }
        try
        {
            Cluster.Create("pods", set.Namespace, pod);
            Cluster.Record(key, set, "Normal", "SuccessfulCreate", $"create Pod {name} in StatefulSet {set.Name} successful", Component);
        }
        catch (ApiException e)
        {
            Cluster.Record(key, set, "Warning", "FailedCreate", $"create Pod {name} in StatefulSet {set.Name} failed error: {e.Message}", Component);
            EnqueueAfter(key, TimeSpan.FromMilliseconds(500));
        }
    }

    private bool IsHealthy(ObjectKey key, StoredObject set, StoredObject pod)
    {
        var healthy = PodReadiness.IsAvailable(pod, set.Json.Integer("spec", "minReadySeconds") ?? 0, Cluster.Now, out var wait);
        if (wait is { } delay)
        {
            EnqueueAfter(key, delay);
        }
        return healthy;
    }

    private static bool IsHeldBack(StoredObject set, long ordinal) =>
        ordinal < (set.Json.Integer("spec", "updateStrategy", "rollingUpdate", "partition") ?? 0);

    private static string Revision(StoredObject pod) => pod.Labels.GetValueOrDefault(RevisionHistory.HashLabel, "");

    private void UpdateStatus(ObjectKey key, StoredObject set, string current, string update)
    {
        var pods = Pods(set).Values.ToList();
        var wanted = set.Json.Integer("spec", "replicas") ?? 1;
        var ready = pods.Count(p => !p.Deleting && PodReadiness.IsReady(p));
        var available = pods.Count(p => !p.Deleting && IsHealthy(key, set, p));
        var updated = pods.Count(p => !p.Deleting && Revision(p) == update);
        if (updated == wanted && ready == wanted && pods.Count == wanted)
        {
            current = update;
        }
        Cluster.UpdateStatus(key, status =>
        {
            status["observedGeneration"] = set.Json.Integer("metadata", "generation") ?? 1;
            status["replicas"] = pods.Count;
            ReplicaSetController.Count(status, "readyReplicas", ready);
            status["availableReplicas"] = available;
            ReplicaSetController.Count(status, "currentReplicas", pods.Count(p => Revision(p) == current));
            ReplicaSetController.Count(status, "updatedReplicas", updated);
            status["currentRevision"] = current;
            status["updateRevision"] = update;
            status["collisionCount"] = 0;
        });
    }
}
