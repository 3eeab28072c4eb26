using System.Collections.Immutable;
using Mesh.Grains.Observed;
using Mesh.Grains.Ports;

namespace Mesh.Grains.Policies;

/// <summary>The status conditions of the policy objects of a namespace.</summary>
internal static class PolicyStatusPlanner
{
    /// <summary>Those objects whose conditions are not what they should be, with the conditions to write.</summary>
    public static ImmutableArray<(PolicyObject Object, ImmutableArray<ObservedCondition> Conditions)> Plan(
        string ns, IClusterView view, DateTimeOffset now)
    {
        var writes = ImmutableArray.CreateBuilder<(PolicyObject, ImmutableArray<ObservedCondition>)>();
        foreach (var server in view.Servers(ns))
        {
            Add("Server", server.Metadata, ServerPlanner.Judge(server), hasRefs: false);
        }
        foreach (var policy in view.AuthorizationPolicies(ns))
        {
            Add("AuthorizationPolicy", policy.Metadata, AuthorizationPolicyPlanner.Judge(policy, view), hasRefs: true);
        }
        foreach (var authentication in view.MeshTlsAuthentications(ns))
        {
            Add("MeshTLSAuthentication", authentication.Metadata, MeshTlsAuthenticationPlanner.Judge(authentication), hasRefs: false);
        }
        foreach (var authentication in view.NetworkAuthentications(ns))
        {
            Add("NetworkAuthentication", authentication.Metadata, NetworkAuthenticationPlanner.Judge(authentication), hasRefs: false);
        }
        return writes.ToImmutable();

        void Add(string kind, ObservedPolicyMetadata metadata, PolicyVerdict verdict, bool hasRefs)
        {
            var existing = metadata.Conditions.IsDefault ? [] : metadata.Conditions;
            var wanted = Conditions(metadata, existing, verdict, hasRefs, now);
            if (!existing.Select(Meaning).SequenceEqual(wanted.Select(Meaning)))
            {
                writes.Add((new PolicyObject(kind, metadata.Namespace, metadata.Name, metadata.Uid), wanted));
            }
        }
    }

    private static ImmutableArray<ObservedCondition> Conditions(
        ObservedPolicyMetadata metadata,
        ImmutableArray<ObservedCondition> existing,
        PolicyVerdict verdict,
        bool hasRefs,
        DateTimeOffset now)
    {
        var accepted = Condition("Accepted", verdict.Refused, PolicyReasons.Accepted);
        return hasRefs ? [accepted, Condition("ResolvedRefs", verdict.Unresolved, PolicyReasons.ResolvedRefs)] : [accepted];

        ObservedCondition Condition(string type, PolicyProblem? problem, string goodReason)
        {
            var status = problem is null ? "True" : "False";
            var earlier = existing.FirstOrDefault(condition => condition.Type == type && condition.Status == status);
            return new ObservedCondition(
                type,
                status,
                problem?.Reason ?? goodReason,
                problem?.Message ?? "",
                earlier?.LastTransitionTime ?? now,
                metadata.Generation);
        }
    }

    private static (string, string, string, string, long) Meaning(ObservedCondition condition) =>
        (condition.Type, condition.Status, condition.Reason, condition.Message, condition.ObservedGeneration);
}
