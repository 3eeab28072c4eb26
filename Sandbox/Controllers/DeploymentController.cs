using System.Text.Json.Nodes;
using Mesh.Sandbox.Api;
using Mesh.Sandbox.Api.Json;
using Mesh.Sandbox.Api.Storage;

namespace Mesh.Sandbox.Controllers;

/// <summary>Moves a Deployment from the ReplicaSet of its old template to that of its new one, and reports how far it is.</summary>
internal sealed class DeploymentController : Controller
{
    private const string Resource = "deployments.apps";
    private const string ReplicaSets = "replicasets.apps";
    private const string Component = "deployment-controller";

    public DeploymentController(ClusterObjects cluster, ILogger logger) : base(cluster, logger)
    {
    }

    public override void OnChanged(StoreEvent change)
    {
        switch (change.Resource)
        {
            case Resource when change.Type != StoreEventType.Deleted:
                Enqueue(ObjectKey.Of(change));
                break;
            case ReplicaSets:
                EnqueueOwner(change.Object);
                break;
            // A Recreate rollout waits for the last old pod to be gone.
            case "pods" when change.Type == StoreEventType.Deleted
                && PodTemplate.ControllerOf(change.Object) is { } set && Cluster.Dependents.Find(set) is { Resource: ReplicaSets } key
                && Cluster.Get(key) is { } found:
                EnqueueOwner(found);
                break;
        }
    }

    protected override void Reconcile(ObjectKey key)
    {
        if (Cluster.Get(key) is not { } deployment || deployment.Deleting)
        {
            return;
        }
        var sets = Sets(deployment);
        var hash = PodTemplate.Hash(deployment.Json.At("spec", "template"));
        var paused = deployment.Json.Flag("spec", "paused") == true;
        var current = sets.Find(s => s.Labels.GetValueOrDefault(ReplicaSetPlan.HashLabel) == hash);
        if (current is null && !paused)
        {
            current = CreateSet(key, deployment, hash, sets);
            sets = Sets(deployment);
        }
        if (current is not null && !paused)
        {
            ReviseSet(key, deployment, current, sets);
            sets = Sets(deployment);
            current = sets.Find(s => s.Uid == current.Uid);
        }
        if (current is not null || paused)
        {
            foreach (var (set, replicas) in new ReplicaSetPlan(deployment, current, sets, HasPods).Replicas())
            {
                ScaleSet(key, deployment, set, replicas);
            }
        }
        sets = Sets(deployment);
        current = sets.Find(s => s.Uid == current?.Uid);
        UpdateStatus(key, deployment, current, sets);
        RemoveHistory(deployment, current, sets);
    }

    private void EnqueueOwner(StoredObject set)
    {
        if (PodTemplate.ControllerOf(set) is { } owner && Cluster.Dependents.Find(owner) is { Resource: Resource } key)
        {
            Enqueue(key);
        }
    }

    private List<StoredObject> Sets(StoredObject deployment) => Cluster.Dependents.Of(deployment.Uid, ReplicaSets);

    private bool HasPods(StoredObject set) => Cluster.Dependents.Keys(set.Uid).Any(k => k.Resource == "pods");

    private StoredObject CreateSet(ObjectKey key, StoredObject deployment, string hash, List<StoredObject> sets)
    {
        var template = deployment.Json.Map("spec", "template")!.Copy();
        template.Child("metadata").Child("labels")[ReplicaSetPlan.HashLabel] = hash;
        var selector = deployment.Json.Map("spec", "selector")!.Copy();
        selector.Child("matchLabels")[ReplicaSetPlan.HashLabel] = hash;
        var replicas = new ReplicaSetPlan(deployment, null, sets, HasPods).ForNew();
        var set = Cluster.Create(ReplicaSets, deployment.Namespace, new()
        {
            ["metadata"] = new JsonObject
            {
                ["name"] = $"{deployment.Name}-{hash}",
                ["labels"] = template.At("metadata", "labels")!.DeepClone(),
                ["annotations"] = Annotations(deployment, ReplicaSetPlan.NextRevision(sets)),
                ["ownerReferences"] = new JsonArray(PodTemplate.OwnerReference(deployment)),
            },
            ["spec"] = new JsonObject
            {
                ["replicas"] = replicas,
                ["minReadySeconds"] = deployment.Json.Integer("spec", "minReadySeconds") ?? 0,
                ["selector"] = selector,
                ["template"] = template,
            },
        });
        Cluster.Record(key, deployment, "Normal", "ScalingReplicaSet", $"Scaled up replica set {set.Name} from 0 to {replicas}", Component);
        return set;
    }

    /// <summary>
    /// The current set has the highest revision (after a rollback an old one gets a new number), and the deployment shows it.
    /// </summary>
    private void ReviseSet(ObjectKey key, StoredObject deployment, StoredObject current, List<StoredObject> sets)
    {
        var others = sets.FindAll(s => s.Uid != current.Uid);
        var revision = ReplicaSetPlan.Revision(current);
        if (others.Count > 0 && revision < others.Max(ReplicaSetPlan.Revision))
        {
            revision = ReplicaSetPlan.NextRevision(others);
        }
        Cluster.Update(new(ReplicaSets, current.Namespace, current.Name), set =>
        {
            foreach (var (name, value) in Annotations(deployment, revision))
            {
                set.Child("metadata").Child("annotations")[name] = value?.DeepClone();
            }
        });
        Cluster.Update(key, item => item.Child("metadata").Child("annotations")[ReplicaSetPlan.RevisionAnnotation] = $"{revision}");
    }

    private static JsonObject Annotations(StoredObject deployment, long revision)
    {
        var wanted = deployment.Json.Integer("spec", "replicas") ?? 1;
        var annotations = new JsonObject();
        foreach (var (name, value) in deployment.Json.Strings("metadata", "annotations"))
        {
            if (name is not ("kubectl.kubernetes.io/last-applied-configuration" or ReplicaSetPlan.RevisionAnnotation))
            {
                annotations[name] = value;
            }
        }
        annotations["deployment.kubernetes.io/desired-replicas"] = $"{wanted}";
        annotations["deployment.kubernetes.io/max-replicas"] = $"{wanted + ReplicaSetPlan.MaxSurge(deployment)}";
        annotations[ReplicaSetPlan.RevisionAnnotation] = $"{revision}";
        return annotations;
    }

    private void ScaleSet(ObjectKey key, StoredObject deployment, StoredObject set, int replicas)
    {
        var before = set.Json.Integer("spec", "replicas") ?? 0;
        if (before == replicas)
        {
            return;
        }
        Cluster.Update(new(ReplicaSets, set.Namespace, set.Name), item => item.Child("spec")["replicas"] = replicas);
        Cluster.Record(key, deployment, "Normal", "ScalingReplicaSet",
            $"Scaled {(replicas > before ? "up" : "down")} replica set {set.Name} from {before} to {replicas}", Component);
    }

    private void UpdateStatus(ObjectKey key, StoredObject deployment, StoredObject? current, List<StoredObject> sets)
    {
        var wanted = deployment.Json.Integer("spec", "replicas") ?? 1;
        var total = Sum(sets, "replicas");
        var available = Sum(sets, "availableReplicas");
        var updated = current?.Json.Integer("status", "replicas") ?? 0;
        var complete = current is not null && updated == wanted && total == wanted && available == wanted;
        TimeSpan? check = null;
        Cluster.UpdateStatus(key, status =>
        {
            var progressed = (status.Integer("updatedReplicas") ?? 0) != updated || (status.Integer("replicas") ?? 0) != total
                || (status.Integer("availableReplicas") ?? 0) != available || status.Integer("observedGeneration") is null;
            status["observedGeneration"] = deployment.Json.Integer("metadata", "generation") ?? 1;
            ReplicaSetController.Count(status, "replicas", (int)total);
            ReplicaSetController.Count(status, "updatedReplicas", (int)updated);
            ReplicaSetController.Count(status, "readyReplicas", (int)Sum(sets, "readyReplicas"));
            ReplicaSetController.Count(status, "availableReplicas", (int)available);
            var pods = sets.Sum(s => s.Json.Integer("spec", "replicas") ?? 0);
            ReplicaSetController.Count(status, "unavailableReplicas", (int)Math.Max(0, pods - available));
            check = new DeploymentConditions(deployment, current, Cluster.Now).Set(status, available, complete, progressed);
        });
        if (check is { } delay)
        {
            EnqueueAfter(key, delay);
        }
    }

    private void RemoveHistory(StoredObject deployment, StoredObject? current, List<StoredObject> sets)
    {
        var limit = (int)(deployment.Json.Integer("spec", "revisionHistoryLimit") ?? 10);
        var old = sets
            .Where(s => s.Uid != current?.Uid && s.Json.Integer("spec", "replicas") == 0 && s.Json.Integer("status", "replicas") is (null or 0))
            .OrderBy(ReplicaSetPlan.Revision)
            .ToList();
        foreach (var set in old.Take(Math.Max(0, old.Count - limit)).Where(s => !s.Deleting))
        {
            Cluster.Delete(new(ReplicaSets, set.Namespace, set.Name), set.Uid);
        }
    }

    private static long Sum(List<StoredObject> sets, string field) => sets.Sum(s => s.Json.Integer("status", field) ?? 0);
}
