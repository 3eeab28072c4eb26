namespace Mesh.Silo.Liveness;

/// <summary>
/// What a silo is called in the membership: <c>cluster/pod</c>. So whoever knows the membership knows every silo's cluster, without asking a
/// silo that may be on the other side of a cut.
/// </summary>
internal static class SiloNames
{
    public static string Of(string cluster, string pod) => $"{cluster}/{pod}";

    /// <returns>The cluster; empty for a name that is not of that form.</returns>
    public static string ClusterOf(string? name) => name?.IndexOf('/') is > 0 and var slash ? name[..slash] : "";
}
