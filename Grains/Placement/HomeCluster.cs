namespace Mesh.Grains.Placement;

/// <summary>Which cluster a grain belongs to.</summary>
public static class HomeCluster
{
    /// <summary>The silo metadata that holds the cluster's name.</summary>
    public const string MetadataKey = "cluster";

    /// <returns>The first segment of the grain's key.</returns>
    public static string Of(GrainId grain)
    {
        var key = grain.Key.ToString() ?? "";
        var slash = key.IndexOf('/');
        return slash < 0 ? key : key[..slash];
    }
}
