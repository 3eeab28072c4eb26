using System.Text.Json.Nodes;
using Mesh.Sandbox.Api.Storage;

namespace Mesh.Sandbox.Controllers;

/// <summary>Sees to it that every namespace has its default service account and the cluster's CA.</summary>
internal sealed class NamespaceAccounts : Controller
{
    private const string Account = "default";
    private const string Authority = "kube-root-ca.crt";

    private readonly string _authorityPem;

    public NamespaceAccounts(ClusterObjects cluster, ILogger logger, string authorityPem) : base(cluster, logger) =>
        _authorityPem = authorityPem;

    public override void OnChanged(StoreEvent change)
    {
        switch (change.Resource)
        {
            case "namespaces" when change.Type != StoreEventType.Deleted:
                Enqueue(ObjectKey.Of(change));
                break;
            case "serviceaccounts" when change is { Type: StoreEventType.Deleted, Object.Name: Account }:
            case "configmaps" when change is { Type: StoreEventType.Deleted, Object.Name: Authority }:
                Enqueue(new("namespaces", "", change.Object.Namespace));
                break;
        }
    }

    protected override void Reconcile(ObjectKey key)
    {
        if (Cluster.Get(key) is not { Deleting: false })
        {
            return;
        }
        if (Cluster.Get("serviceaccounts", key.Name, Account) is null)
        {
            Cluster.Create("serviceaccounts", key.Name, new() { ["metadata"] = new JsonObject { ["name"] = Account } });
        }
        if (Cluster.Get("configmaps", key.Name, Authority) is null)
        {
            Cluster.Create("configmaps", key.Name, new()
            {
                ["metadata"] = new JsonObject { ["name"] = Authority },
                ["data"] = new JsonObject { ["ca.crt"] = _authorityPem },
            });
        }
    }
}
