using System.Text.Json.Nodes;
using Mesh.Sandbox.Api;
using Mesh.Sandbox.Api.Json;
using Mesh.Sandbox.Api.Storage;

namespace Mesh.Sandbox.Controllers;

/// <summary>Deletes what has lost its last owner, and carries out foreground and orphaning deletion.</summary>
internal sealed class GarbageCollector : Controller
{
    private const string Foreground = "foregroundDeletion";
    private const string Orphan = "orphan";

    public GarbageCollector(ClusterObjects cluster, ILogger logger) : base(cluster, logger)
    {
    }

    public override void OnChanged(StoreEvent change)
    {
        if (change.Type == StoreEventType.Deleted)
        {
            // The index has forgotten the object, but not those that name it as their owner.
            Cluster.Dependents.Keys(change.Object.Uid).ForEach(Enqueue);
            foreach (var owner in change.Object.Json.Objects("metadata", "ownerReferences"))
            {
                if (Cluster.Dependents.Find(owner.Text("uid") ?? "") is { } key)
                {
                    Enqueue(key);
                }
            }
            return;
        }
        if (change.Object.Deleting || (change.Type == StoreEventType.Added
            && change.Object.Json.Sequence("metadata", "ownerReferences") is not null))
        {
            Enqueue(ObjectKey.Of(change));
        }
    }

    protected override void Reconcile(ObjectKey key)
    {
        if (Cluster.Get(key) is not { } item)
        {
            return;
        }
        if (item.Deleting)
        {
            FinishDeletion(key, item);
            return;
        }
        var owners = item.Json.Objects("metadata", "ownerReferences").ToList();
        if (owners.Count == 0)
        {
            return;
        }
        var alive = owners.Where(o => Cluster.Dependents.Exists(o.Text("uid") ?? "")).ToList();
        if (alive.Count == 0)
        {
            Cluster.Delete(key, item.Uid);
        }
        else if (alive.Count < owners.Count)
        {
            var uids = alive.Select(o => o.Text("uid")).ToHashSet();
            Cluster.Update(key, json => json.Child("metadata")["ownerReferences"] =
                json.Objects("metadata", "ownerReferences").Where(o => uids.Contains(o.Text("uid"))).Select(o => o.Copy()).ToJsonArray());
        }
    }

    private void FinishDeletion(ObjectKey key, StoredObject item)
    {
        var finalizers = item.Json.Texts("metadata", "finalizers").ToList();
        if (finalizers.Contains(Orphan))
        {
            foreach (var dependent in Cluster.Dependents.Keys(item.Uid))
            {
                Cluster.Update(dependent, json => json.Child("metadata")["ownerReferences"] =
                    json.Objects("metadata", "ownerReferences").Where(o => o.Text("uid") != item.Uid).Select(o => o.Copy()).ToJsonArray());
            }
            RemoveFinalizer(key, Orphan);
        }
        if (!finalizers.Contains(Foreground))
        {
            return;
        }
        var left = Cluster.Dependents.Keys(item.Uid);
        foreach (var dependent in left)
        {
            if (Cluster.Get(dependent) is { Deleting: false } found)
            {
                Cluster.Delete(dependent, found.Uid, DeleteOptions.Default with { Propagation = "Foreground" });
            }
        }
        if (Cluster.Dependents.Keys(item.Uid).Count == 0)
        {
            RemoveFinalizer(key, Foreground);
        }
    }

    private void RemoveFinalizer(ObjectKey key, string finalizer) => Cluster.Update(key, json =>
        json.Child("metadata")["finalizers"] = json.Texts("metadata", "finalizers").Where(f => f != finalizer).ToJsonArray());
}
