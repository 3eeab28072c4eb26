using System.Text.Json.Nodes;
using Mesh.Sandbox.Api;
using Mesh.Sandbox.Api.Json;
using Mesh.Sandbox.Api.Storage;

namespace Mesh.Sandbox.Controllers;

/// <summary>Empties namespaces that are being deleted, and lets them go when nothing is left.</summary>
internal sealed class NamespaceController : Controller
{
    public NamespaceController(ClusterObjects cluster, ILogger logger) : base(cluster, logger)
    {
    }

    public override void OnChanged(StoreEvent change)
    {
        if (change.Resource == "namespaces")
        {
            if (change.Object.Deleting)
            {
                Enqueue(ObjectKey.Of(change));
            }
        }
        else if (change.Object.Namespace.Length > 0 && change.Type == StoreEventType.Deleted
            && Cluster.Get("namespaces", "", change.Object.Namespace) is { Deleting: true })
        {
            Enqueue(new("namespaces", "", change.Object.Namespace));
        }
    }

    protected override void Reconcile(ObjectKey key)
    {
        if (Cluster.Get(key) is not { Deleting: true })
        {
            return;
        }
        var left = 0;
        foreach (var resource in Cluster.NamespacedResources.ToList())
        {
            foreach (var item in Cluster.List(resource, key.Name))
            {
                left++;
                if (!item.Deleting)
                {
                    Cluster.Delete(new(resource, item.Namespace, item.Name), item.Uid, DeleteOptions.Default);
                }
            }
        }
        if (left == 0 || Cluster.NamespacedResources.All(r => Cluster.List(r, key.Name).Count == 0))
        {
            Cluster.Update(key, item => item.Child("spec")["finalizers"] = new JsonArray());
        }
    }
}
