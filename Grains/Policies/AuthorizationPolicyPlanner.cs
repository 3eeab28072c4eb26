using System.Collections.Immutable;
using Mesh.Grains.Observed;
using Mesh.Grains.Ports;
using Mesh.Interfaces.NodeSession;

namespace Mesh.Grains.Policies;

/// <summary>What an AuthorizationPolicy allows, and to whom it applies.</summary>
internal static class AuthorizationPolicyPlanner
{
    private const string Kind = "authorizationpolicy";

    /// <summary>Whether the policy is in effect. One that is not allows nothing; it never takes anything from others.</summary>
    public static PolicyVerdict Judge(ObservedAuthorizationPolicy policy, IClusterView view) => Plan(policy, view).Verdict;

    /// <summary>The authorization the policy adds, or null when it is not in effect.</summary>
    public static Authorization? Authorization(ObservedAuthorizationPolicy policy, IClusterView view) => Plan(policy, view).Authorization;

    /// <summary>The policy names the Server, or the namespace with all its Servers.</summary>
    public static bool Targets(ObservedAuthorizationPolicy policy, ObservedServer server) =>
        policy.Metadata.Namespace == server.Metadata.Namespace
        && policy.TargetRef is { } target
        && (target.Namespace is null || target.Namespace == policy.Metadata.Namespace)
        && ((PolicyGroups.IsPolicyKind(target, "Server") && target.Name == server.Metadata.Name)
            || (PolicyGroups.IsCoreKind(target, "Namespace") && target.Name == policy.Metadata.Namespace));

    /// <summary>
    /// The policies over a Server in the order they are tried: those that name it, then those that name its namespace, each by name.
    /// </summary>
    public static IEnumerable<ObservedAuthorizationPolicy> Over(ObservedServer server, IEnumerable<ObservedAuthorizationPolicy> policies) =>
        policies
            .Where(policy => Targets(policy, server))
            .OrderBy(policy => PolicyGroups.IsPolicyKind(policy.TargetRef!, "Server") ? 0 : 1)
            .ThenBy(policy => policy.Metadata.Name, StringComparer.Ordinal);

    private static (PolicyVerdict Verdict, Authorization? Authorization) Plan(ObservedAuthorizationPolicy policy, IClusterView view)
    {
        var target = JudgeTarget(policy, view);
        var (references, authorization) = Requirements(policy, view);
        var verdict = new PolicyVerdict(target.Refused ?? references.Refused, target.Unresolved ?? references.Unresolved);
        return (verdict, verdict.IsInEffect ? authorization : null);
    }

    private static PolicyVerdict JudgeTarget(ObservedAuthorizationPolicy policy, IClusterView view)
    {
        var ns = policy.Metadata.Namespace;
        if (policy.TargetRef is not { } target)
        {
            return Invalid("spec.targetRef is missing. Name a Server, or the policy's own Namespace.");
        }
        if (target.Namespace is not null && target.Namespace != ns)
        {
            return Invalid($"spec.targetRef is in namespace {target.Namespace}. A policy applies to its own namespace, {ns}, only.");
        }
        if (PolicyGroups.IsCoreKind(target, "Namespace"))
        {
            return target.Name == ns
                ? PolicyVerdict.Accepted
                : Invalid($"spec.targetRef is Namespace {target.Name}. A policy applies to its own namespace, {ns}, only.");
        }
        if (PolicyGroups.IsPolicyKind(target, "Server"))
        {
            return view.Servers(ns).Any(server => server.Metadata.Name == target.Name)
                ? PolicyVerdict.Accepted
                : PolicyVerdict.Dangling(
                    PolicyReasons.NoMatchingTarget,
                    $"Server {ns}/{target.Name} does not exist, so the policy allows nothing. Create it or correct spec.targetRef.");
        }
        return PolicyVerdict.Refuse(
            PolicyReasons.InvalidKind,
            $"spec.targetRef is a {target.Kind} of group '{target.Group}', which is not supported. "
                + $"Use Server of {PolicyGroups.Policy}, or Namespace.");
    }

    private static (PolicyVerdict Verdict, Authorization Authorization) Requirements(ObservedAuthorizationPolicy policy, IClusterView view)
    {
        var authorization = new Authorization { Kind = Kind, Name = policy.Metadata.Name, Tls = TlsCondition.Unauthenticated };
        if (policy.RequiredAuthenticationRefs is not { IsDefault: false } references)
        {
            var missing = Invalid("spec.requiredAuthenticationRefs is missing. An empty list allows everybody; to mean that, write [].");
            return (missing, authorization);
        }
        if (Conflict(references) is { } conflict)
        {
            return (conflict, authorization);
        }
        var networks = Cidr.Everywhere.Select(cidr => new Network { Cidr = cidr });
        foreach (var reference in references)
        {
            var ns = reference.Namespace ?? policy.Metadata.Namespace;
            if (PolicyGroups.IsPolicyKind(reference, "MeshTLSAuthentication"))
            {
                var authentication = view.MeshTlsAuthentication(ns, reference.Name);
                if (Broken(reference, ns, authentication is null ? null : MeshTlsAuthenticationPlanner.Judge(authentication)) is { } broken)
                {
                    return (broken, authorization);
                }
                MeshTlsAuthenticationPlanner.Require(authorization, authentication!, view.TrustDomain);
            }
            else if (PolicyGroups.IsPolicyKind(reference, "NetworkAuthentication"))
            {
                var authentication = view.NetworkAuthentication(ns, reference.Name);
                if (Broken(reference, ns, authentication is null ? null : NetworkAuthenticationPlanner.Judge(authentication)) is { } broken)
                {
                    return (broken, authorization);
                }
                networks = NetworkAuthenticationPlanner.Networks(authentication!);
            }
            else if (MeshTlsAuthenticationPlanner.IsServiceAccount(reference))
            {
                // The account need not exist: nobody has its identity then.
                authorization.Tls = TlsCondition.MeshTlsIdentities;
                authorization.Identities.Add(
                    MeshTlsAuthenticationPlanner.ServiceAccountIdentity(reference, policy.Metadata.Namespace, view.TrustDomain));
            }
            else
            {
                var bad = Invalid($"spec.requiredAuthenticationRefs has '{ns}/{reference.Name}', not the name of a service account.");
                return (bad, authorization);
            }
        }
        authorization.Networks.Add(networks);
        return (PolicyVerdict.Accepted, authorization);
    }

    /// <summary>
    /// All the required authentications must hold, and two that each name other clients could not; Linkerd refuses these, too.
    /// </summary>
    private static PolicyVerdict? Conflict(ImmutableArray<ObservedReference> references)
    {
        var meshTls = references.Count(reference => PolicyGroups.IsPolicyKind(reference, "MeshTLSAuthentication"));
        var networks = references.Count(reference => PolicyGroups.IsPolicyKind(reference, "NetworkAuthentication"));
        var accounts = references.Count(reference => PolicyGroups.IsCoreKind(reference, "ServiceAccount"));
        if (references.Length > meshTls + networks + accounts)
        {
            var other = references.First(reference => !PolicyGroups.IsPolicyKind(reference, "MeshTLSAuthentication")
                && !PolicyGroups.IsPolicyKind(reference, "NetworkAuthentication") && !PolicyGroups.IsCoreKind(reference, "ServiceAccount"));
            return PolicyVerdict.Refuse(
                PolicyReasons.InvalidKind,
                $"spec.requiredAuthenticationRefs has a {other.Kind} of group '{other.Group}', which is not supported. "
                    + "Use MeshTLSAuthentication, NetworkAuthentication or ServiceAccount.");
        }
        return (meshTls, networks, accounts) switch
        {
            ( > 1, _, _) => Invalid("spec.requiredAuthenticationRefs has several MeshTLSAuthentications. Put their identities into one."),
            (_, > 1, _) => Invalid("spec.requiredAuthenticationRefs has several NetworkAuthentications. Put their networks into one."),
            (_, _, > 1) => Invalid("spec.requiredAuthenticationRefs has several ServiceAccounts. Use a MeshTLSAuthentication."),
            ( > 0, _, > 0) => Invalid("spec.requiredAuthenticationRefs has a MeshTLSAuthentication and a ServiceAccount. Keep one."),
            _ => null,
        };
    }

    /// <summary>Null when the object that is referred to exists and is accepted.</summary>
    private static PolicyVerdict? Broken(ObservedReference reference, string ns, PolicyVerdict? found)
    {
        var name = $"{reference.Kind} {ns}/{reference.Name}";
        return found switch
        {
            null => PolicyVerdict.Dangling(
                PolicyReasons.NotFound,
                $"{name} does not exist, so the policy allows nothing. Create it or correct spec.requiredAuthenticationRefs."),
            { IsInEffect: false } verdict => PolicyVerdict.Dangling(
                PolicyReasons.InvalidRef,
                $"{name} is not accepted, so the policy allows nothing: {(verdict.Refused ?? verdict.Unresolved)!.Message}"),
            _ => null,
        };
    }

    private static PolicyVerdict Invalid(string message) => PolicyVerdict.Refuse(PolicyReasons.Invalid, message);
}
