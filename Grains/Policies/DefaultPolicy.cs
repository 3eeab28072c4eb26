using System.Collections.Immutable;
using Mesh.Interfaces.NodeSession;

namespace Mesh.Grains.Policies;

/// <summary>
/// Linkerd's default policies, https://linkerd.io/2/reference/authorization-policy/#default-policies: what holds on ports without a
/// Server, and what a Server's accessPolicy adds to its authorizations.
/// </summary>
internal static class DefaultPolicy
{
    public const string Deny = "deny";
    public const string Kind = "default";

    private static readonly ImmutableArray<string> Names =
        ["all-unauthenticated", "all-authenticated", "cluster-unauthenticated", "cluster-authenticated", Deny, "audit"];

    public static bool IsKnown(string? name) => name is not null && Names.Contains(name);

    /// <summary>The name itself, or "deny" for a name nobody knows: a slip of the pen must not open a port.</summary>
    public static string OrDeny(string? name) => IsKnown(name) ? name! : Deny;

    /// <summary>The authorization the policy grants; null for deny and for a name nobody knows.</summary>
    /// <param name="name">One of the six.</param>
    /// <param name="clusterNetworks">The networks of the cluster-* policies.</param>
    public static Authorization? Authorization(string name, IEnumerable<string> clusterNetworks)
    {
        var authorization = name switch
        {
            "all-unauthenticated" or "cluster-unauthenticated" => Granting(name, TlsCondition.Unauthenticated),
            "all-authenticated" or "cluster-authenticated" => Granting(name, TlsCondition.MeshTlsAny),
            "audit" => Granting(name, TlsCondition.Unauthenticated, audit: true),
            _ => null,
        };
        var networks = name.StartsWith("cluster-", StringComparison.Ordinal) ? Valid(clusterNetworks) : Cidr.Everywhere;
        authorization?.Networks.Add(networks.Select(cidr => new Network { Cidr = cidr }));
        return authorization;
    }

    /// <summary>GET on the path of an HTTP probe is allowed from anywhere: kubelets have no identity.</summary>
    public static Authorization Probe()
    {
        var authorization = Granting("probe", TlsCondition.Unauthenticated);
        authorization.ProbeOnly = true;
        authorization.Networks.Add(Cidr.Everywhere.Select(cidr => new Network { Cidr = cidr }));
        return authorization;
    }

    private static Authorization Granting(string name, TlsCondition tls, bool audit = false) =>
        new() { Kind = Kind, Name = name, Tls = tls, Audit = audit };

    private static IEnumerable<string> Valid(IEnumerable<string> networks) =>
        networks.Select(text => Cidr.TryParse(text, out var cidr) ? cidr.ToString() : null).OfType<string>();
}
