namespace Mesh.Kubernetes;

/// <summary>What a watch event says.</summary>
public enum WatchEventType
{
    Added,
    Modified,
    Deleted,

    /// <summary>Only a newer resource version.</summary>
    Bookmark,

    /// <summary>Added or modified, but the object cannot be read.</summary>
    Undecodable,
}
