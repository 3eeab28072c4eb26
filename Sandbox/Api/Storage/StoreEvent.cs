namespace Mesh.Sandbox.Api.Storage;

/// <summary>A change to one object.</summary>
/// <param name="Resource">The table it is in, such as <c>pods</c> or <c>deployments.apps</c>.</param>
/// <param name="Type">What happened.</param>
/// <param name="Object">The new version; for a deletion the last one, carrying the deletion's revision.</param>
/// <param name="Previous">The version before; null for an addition.</param>
internal sealed record StoreEvent(string Resource, StoreEventType Type, StoredObject Object, StoredObject? Previous)
{
    public long Revision => Object.Revision;
}
