using System.Text.Json.Nodes;
using Mesh.Sandbox.Api;
using Mesh.Sandbox.Api.Json;
using Mesh.Sandbox.Api.Selection;
using Mesh.Sandbox.Api.Storage;

namespace Mesh.Sandbox.Controllers;

/// <summary>
/// Keeps as many pods as a ReplicaSet wants; takes up matching pods without an owner and lets go of those that no longer match.
/// </summary>
internal sealed class ReplicaSetController : Controller
{
    private const string Resource = "replicasets.apps";

    public ReplicaSetController(ClusterObjects cluster, ILogger logger) : base(cluster, logger)
    {
    }

    public override void OnChanged(StoreEvent change)
    {
        if (change.Resource == Resource && change.Type != StoreEventType.Deleted)
        {
            Enqueue(ObjectKey.Of(change));
        }
        if (change.Resource != "pods")
        {
            return;
        }
        foreach (var pod in change.Previous is null ? [change.Object] : (ReadOnlySpan<StoredObject>)[change.Object, change.Previous])
        {
            if (PodTemplate.ControllerOf(pod) is { } owner)
            {
                if (Cluster.Dependents.Find(owner) is { Resource: Resource } key)
                {
                    Enqueue(key);
                }
            }
            else
            {
                foreach (var set in Cluster.List(Resource, pod.Namespace).Where(s => Selector(s).Matches(pod.Labels)))
                {
                    Enqueue(new(Resource, set.Namespace, set.Name));
                }
            }
        }
    }

    protected override void Reconcile(ObjectKey key)
    {
        if (Cluster.Get(key) is not { } set)
        {
            return;
        }
        var pods = Claim(set);
        var active = pods.FindAll(PodReadiness.IsActive);
        string? failure = null;
        if (!set.Deleting)
        {
            failure = Scale(key, set, active);
            active = Cluster.Dependents.Of(set.Uid, "pods")
                .FindAll(p => PodReadiness.IsActive(p) && PodTemplate.IsControlledBy(p, set.Uid));
        }
        UpdateStatus(key, set, active, failure);
    }

    private static LabelSelector Selector(StoredObject set) => LabelSelector.FromObject(set.Json.Map("spec", "selector"));

    private List<StoredObject> Claim(StoredObject set)
    {
        var selector = Selector(set);
        var owned = new List<StoredObject>();
        foreach (var pod in Cluster.Dependents.Of(set.Uid, "pods").Where(p => PodTemplate.IsControlledBy(p, set.Uid)))
        {
            if (selector.Matches(pod.Labels) || pod.Deleting)
            {
                owned.Add(pod);
                continue;
            }
            Cluster.Update(new("pods", pod.Namespace, pod.Name), json => json.Child("metadata")["ownerReferences"] =
                json.Objects("metadata", "ownerReferences").Where(o => o.Text("uid") != set.Uid).Select(o => o.Copy()).ToJsonArray());
        }
        if (set.Deleting)
        {
            return owned;
        }
        foreach (var pod in Cluster.List("pods", set.Namespace))
        {
            if (PodReadiness.IsActive(pod) && PodTemplate.ControllerOf(pod) is null && selector.Matches(pod.Labels))
            {
                Cluster.Update(new("pods", pod.Namespace, pod.Name), json =>
                {
                    var owners = json.Objects("metadata", "ownerReferences").Select(o => o.Copy()).Append(PodTemplate.OwnerReference(set));
                    json.Child("metadata")["ownerReferences"] = owners.ToJsonArray();
                });
                owned.Add(pod);
            }
        }
        return owned;
    }

    private string? Scale(ObjectKey key, StoredObject set, List<StoredObject> active)
    {
        var wanted = (int)(set.Json.Integer("spec", "replicas") ?? 1);
        for (var i = active.Count; i < wanted; i++)
        {
            var pod = PodTemplate.Instantiate(set);
            pod.Child("metadata")["generateName"] = $"{set.Name}-";
            try
            {
                var created = Cluster.Create("pods", set.Namespace, pod);
                Cluster.Record(key, set, "Normal", "SuccessfulCreate", $"Created pod: {created.Name}", "replicaset-controller");
            }
            catch (ApiException e)
            {
                Cluster.Record(key, set, "Warning", "FailedCreate", $"Error creating: {e.Message}", "replicaset-controller");
                EnqueueAfter(key, TimeSpan.FromMilliseconds(500));
                return e.Message;
            }
        }
        foreach (var pod in PodReadiness.ByExpendability(active).Take(active.Count - wanted))
        {
            Cluster.Delete(new("pods", pod.Namespace, pod.Name), pod.Uid);
            Cluster.Record(key, set, "Normal", "SuccessfulDelete", $"Deleted pod: {pod.Name}", "replicaset-controller");
        }
        return null;
    }

    private void UpdateStatus(ObjectKey key, StoredObject set, List<StoredObject> active, string? failure)
    {
        var minReady = set.Json.Integer("spec", "minReadySeconds") ?? 0;
        var templateLabels = LabelSelector.FromLabels(set.Json.Strings("spec", "template", "metadata", "labels"));
        int ready = 0, available = 0;
        TimeSpan? soonest = null;
        foreach (var pod in active)
        {
            ready += PodReadiness.IsReady(pod) ? 1 : 0;
            available += PodReadiness.IsAvailable(pod, minReady, Cluster.Now, out var wait) ? 1 : 0;
            soonest = wait < (soonest ?? TimeSpan.MaxValue) ? wait : soonest;
        }
        if (soonest is { } delay)
        {
            EnqueueAfter(key, delay);
        }
        Cluster.UpdateStatus(key, status =>
        {
            status["replicas"] = active.Count;
            Count(status, "fullyLabeledReplicas", active.Count(p => templateLabels.Matches(p.Labels)));
            Count(status, "readyReplicas", ready);
            Count(status, "availableReplicas", available);
            status["observedGeneration"] = set.Json.Integer("metadata", "generation") ?? 1;
            if (failure is not null)
            {
                Conditions.Set(status, "ReplicaFailure", "True", "FailedCreate", failure, Cluster.Now);
            }
            else if (status["conditions"] is JsonArray)
            {
                status.Remove("conditions");
            }
        });
    }

    /// <summary>Zero is left out, as in Kubernetes.</summary>
    internal static void Count(JsonObject status, string field, int number)
    {
        if (number == 0)
        {
            status.Remove(field);
        }
        else
        {
            status[field] = number;
        }
    }
}
