using Mesh.Sandbox.Api;
using Mesh.Sandbox.Api.Json;
using Mesh.Sandbox.Api.Storage;

namespace Mesh.Sandbox.Controllers;

/// <summary>Removes pods whose node is gone for good: nobody is left who could stop them.</summary>
internal sealed class OrphanedPods : Controller
{
    public OrphanedPods(ClusterObjects cluster, ILogger logger) : base(cluster, logger)
    {
    }

    public override void OnChanged(StoreEvent change)
    {
        if (change is { Resource: "nodes", Type: StoreEventType.Deleted })
        {
            Enqueue(ObjectKey.Of(change));
        }
    }

    protected override void Reconcile(ObjectKey key)
    {
        if (Cluster.Get(key) is not null)
        {
            return;
        }
        foreach (var pod in Cluster.List("pods").Where(p => p.Json.Text("spec", "nodeName") == key.Name))
        {
            Cluster.Delete(new("pods", pod.Namespace, pod.Name), pod.Uid, DeleteOptions.Default with { GracePeriodSeconds = 0 });
        }
    }
}
