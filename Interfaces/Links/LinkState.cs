namespace Mesh.Interfaces.Links;

/// <summary>Whether a Link's target cluster can be followed.</summary>
public enum LinkState
{
    /// <summary>No silo of the target cluster has joined the mesh since this silo started.</summary>
    UnknownCluster,

    /// <summary>The target cluster's silos were there and do not answer now. Mirrors and endpoints stay as they are.</summary>
    Suspect,

    /// <summary>Its exports are being followed.</summary>
    Connected,

    /// <summary>The Link itself cannot be used.</summary>
    Invalid,
}
