using Mesh.Sandbox.Api.Storage;
using Mesh.Sandbox.Api.Types;

namespace Mesh.Sandbox.Api;

/// <summary>Keeps the catalog in step with the CustomResourceDefinitions; with a definition its objects go.</summary>
internal sealed class CustomDefinitions
{
    private const string Resource = "customresourcedefinitions.apiextensions.k8s.io";

    private readonly ResourceStore _store;
    private readonly ResourceCatalog _catalog;

    public CustomDefinitions(ResourceStore store, ResourceCatalog catalog)
    {
        _store = store;
        _catalog = catalog;
    }

    /// <summary>Handles a change; under the store's lock, so a definition is served the moment its creation is answered.</summary>
    public void OnChanged(StoreEvent change)
    {
        if (change.Resource != Resource)
        {
            return;
        }
        if (change.Type != StoreEventType.Deleted)
        {
            _catalog.Define(change.Object.Json);
            return;
        }
        var key = change.Object.Name;
        foreach (var item in _store.List(key))
        {
            _store.Remove(key, item.Namespace, item.Name);
        }
        _catalog.Remove(key);
    }
}
