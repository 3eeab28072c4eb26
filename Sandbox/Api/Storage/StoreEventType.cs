namespace Mesh.Sandbox.Api.Storage;

/// <summary>What happened to an object.</summary>
internal enum StoreEventType
{
    Added,
    Modified,
    Deleted,
}
