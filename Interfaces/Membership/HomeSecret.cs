namespace Mesh.Interfaces.Membership;

/// <summary>
/// The Secret in the control plane's namespace of a cluster that has joined another one's mesh. It names that other cluster, the home of the
/// membership, and lets silos write there. A cluster without it is its own home.
/// </summary>
public static class HomeSecret
{
    public const string Name = "mesh-membership-home";

    /// <summary>The key of the home's name in the mesh.</summary>
    public const string Cluster = "cluster";

    /// <summary>The key of its API server's address, as pods of this cluster reach it.</summary>
    public const string Server = "server";

    /// <summary>The key of who signs that server's certificate, PEM; without it the system's authorities.</summary>
    public const string Authority = "ca.crt";

    /// <summary>The key of the name in that certificate, when it is not the address's.</summary>
    public const string ServerName = "tlsServerName";

    /// <summary>The key of the control plane's namespace there.</summary>
    public const string Namespace = "namespace";

    /// <summary>The key of the service account there that the token is for.</summary>
    public const string Account = "serviceAccount";

    /// <summary>The key of the token, which silos renew.</summary>
    public const string Token = "token";

    /// <summary>The service account that <c>mesh multicluster install</c> makes in a home for those who join it.</summary>
    public const string DefaultAccount = "mesh-membership";
}
