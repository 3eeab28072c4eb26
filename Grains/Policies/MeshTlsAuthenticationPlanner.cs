using Mesh.Grains.Observed;
using Mesh.Interfaces.Identity;
using Mesh.Interfaces.NodeSession;

namespace Mesh.Grains.Policies;

/// <summary>Who a MeshTLSAuthentication names.</summary>
internal static class MeshTlsAuthenticationPlanner
{
    /// <summary>Whether the object is accepted as a whole: with one bad entry it names nobody.</summary>
    public static PolicyVerdict Judge(ObservedMeshTlsAuthentication authentication)
    {
        var identities = authentication.Identities is { IsDefaultOrEmpty: false };
        var refs = authentication.IdentityRefs is { IsDefaultOrEmpty: false };
        if (identities && refs)
        {
            return Invalid("spec.identities and spec.identityRefs exclude each other. Keep one of them.");
        }
        if (!identities && !refs)
        {
            return Invalid("Neither spec.identities nor spec.identityRefs names anybody. Use identities: ['*'] for everybody in the mesh.");
        }
        if (identities)
        {
            foreach (var identity in authentication.Identities!.Value)
            {
                if (!IdentityPattern.TryParse(identity, out _))
                {
                    return Invalid($"spec.identities has '{identity}', which is not an identity. Use *, *.suffix, "
                        + "a name such as sa.ns.serviceaccount.identity.linkerd.cluster.local, or a SPIFFE id.");
                }
            }
            return PolicyVerdict.Accepted;
        }
        return authentication.IdentityRefs!.Value.Select(Judge).FirstOrDefault(verdict => !verdict.IsInEffect);
    }

    /// <summary>Writes the condition into an authorization. Only for an object that is accepted.</summary>
    public static void Require(Authorization authorization, ObservedMeshTlsAuthentication authentication, string trustDomain)
    {
        authorization.Tls = TlsCondition.MeshTlsIdentities;
        foreach (var identity in authentication.Identities is { IsDefault: false } identities ? identities : [])
        {
            if (!IdentityPattern.TryParse(identity, out var pattern))
            {
                continue;
            }
            if (pattern.IsAny)
            {
                authorization.Tls = TlsCondition.MeshTlsAny;
                authorization.Identities.Clear();
                authorization.IdentitySuffixes.Clear();
                return;
            }
            if (pattern.Suffix is { } suffix)
            {
                authorization.IdentitySuffixes.Add(suffix);
            }
            else
            {
                authorization.Identities.Add(pattern.Exact);
            }
        }
        foreach (var reference in authentication.IdentityRefs is { IsDefault: false } refs ? refs : [])
        {
            if (PolicyGroups.IsCoreKind(reference, "Namespace"))
            {
                // Whatever stands before the first dot is a service account, so the suffix is what follows it in any identity of the
                // namespace.
                var any = new WorkloadIdentity("any", reference.Name, trustDomain).DnsName;
                authorization.IdentitySuffixes.Add(any["any".Length..]);
            }
            else
            {
                authorization.Identities.Add(ServiceAccountIdentity(reference, authentication.Metadata.Namespace, trustDomain));
            }
        }
    }

    public static string ServiceAccountIdentity(ObservedReference reference, string ownNamespace, string trustDomain) =>
        new WorkloadIdentity(reference.Name, reference.Namespace ?? ownNamespace, trustDomain).DnsName;

    /// <summary>The name, with the namespace if there is one, makes a well-formed identity.</summary>
    public static bool IsServiceAccount(ObservedReference reference) =>
        PolicyGroups.IsCoreKind(reference, "ServiceAccount")
        && WorkloadIdentity.TryParseDnsName(ServiceAccountIdentity(reference, "own", "cluster.local"), out _);

    private static PolicyVerdict Judge(ObservedReference reference)
    {
        if (PolicyGroups.IsCoreKind(reference, "Namespace"))
        {
            if (reference.Namespace is not null)
            {
                return Invalid($"spec.identityRefs refers to Namespace {reference.Name} with a namespace. Namespaces have none.");
            }
            return WorkloadIdentity.TryParseDnsName(new WorkloadIdentity("any", reference.Name, "cluster.local").DnsName, out _)
                ? PolicyVerdict.Accepted
                : Invalid($"spec.identityRefs has '{reference.Name}', which is not the name of a namespace.");
        }
        if (PolicyGroups.IsCoreKind(reference, "ServiceAccount"))
        {
            return IsServiceAccount(reference)
                ? PolicyVerdict.Accepted
                : Invalid($"spec.identityRefs has '{reference.Namespace}/{reference.Name}', which is not the name of a service account.");
        }
        return PolicyVerdict.Refuse(
            PolicyReasons.InvalidKind,
            $"spec.identityRefs refers to a {reference.Kind} of group '{reference.Group}'. Use a core ServiceAccount or Namespace.");
    }

    private static PolicyVerdict Invalid(string message) => PolicyVerdict.Refuse(PolicyReasons.Invalid, message);
}
