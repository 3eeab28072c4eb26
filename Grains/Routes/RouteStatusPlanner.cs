using System.Collections.Immutable;
using Mesh.Grains.Observed;
using Mesh.Grains.Policies;
using Mesh.Grains.Ports;

namespace Mesh.Grains.Routes;

/// <summary>The status of the routes of a namespace, for each Service they are attached to.</summary>
internal static class RouteStatusPlanner
{
    /// <summary>Those routes whose entries are not what they should be, with the entries to write.</summary>
    public static ImmutableArray<(RouteObject Object, ImmutableArray<ObservedRouteParentStatus> Parents)> Plan(
        string ns, IClusterView view, DateTimeOffset now)
    {
        var writes = ImmutableArray.CreateBuilder<(RouteObject, ImmutableArray<ObservedRouteParentStatus>)>();
        foreach (var route in view.Routes(ns)
            .OrderBy(route => route.Kind, StringComparer.Ordinal)
            .ThenBy(route => route.Metadata.Name, StringComparer.Ordinal))
        {
            var wanted = route.Parents
                .Where(RouteParents.IsService)
                .Distinct()
                .Select(parent => new ObservedRouteParentStatus(parent, Conditions(route, parent, view, now)))
                .ToImmutableArray();
            if (!route.ParentStatuses.Select(Meaning).SequenceEqual(wanted.Select(Meaning)))
            {
                var metadata = route.Metadata;
                writes.Add((new RouteObject(route.Group, route.Version, route.Kind, metadata.Namespace, metadata.Name, metadata.Uid), wanted));
            }
        }
        return writes.ToImmutable();
    }

    /// <summary>What an entry says, without when it began to.</summary>
    public static string Meaning(ObservedRouteParentStatus status) =>
        $"{status.Parent}: {string.Join("; ", status.Conditions.Select(condition => condition with { LastTransitionTime = default }))}";

    private static ImmutableArray<ObservedCondition> Conditions(
        ObservedRoute route, ObservedRouteParent parent, IClusterView view, DateTimeOffset now)
    {
        var verdict = Judge(route, parent, view);
        var existing = route.ParentStatuses.FirstOrDefault(status => status.Parent == parent)?.Conditions ?? [];
        return
        [
            Condition("Accepted", verdict.Refused, RouteReasons.Accepted),
            Condition("ResolvedRefs", verdict.Unresolved, RouteReasons.ResolvedRefs),
        ];

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
                route.Metadata.Generation);
        }
    }

    private static PolicyVerdict Judge(ObservedRoute route, ObservedRouteParent parent, IClusterView view)
    {
        var ns = RouteParents.NamespaceOf(parent, route);
        if (view.Service(ns, parent.Name) is not { } service)
        {
            return PolicyVerdict.Refuse(RouteReasons.NoMatchingParent, $"There is no Service {ns}/{parent.Name}.");
        }
        if (parent.Port is { } port && !(service.Ports.IsDefault ? [] : service.Ports).Any(known => known.Port == port))
        {
            return PolicyVerdict.Refuse(RouteReasons.NoMatchingParent, $"Service {ns}/{parent.Name} has no port {port}.");
        }
        if (!route.Hostnames.IsDefaultOrEmpty)
        {
            return PolicyVerdict.Refuse(
                RouteReasons.UnsupportedValue, "spec.hostnames is not supported, so the route is ignored. Remove it.");
        }
        var verdicts = Enumerable.Range(0, route.Rules.Length).Select(index => RouteRuleJudge.Judge(route, index, parent)).ToList();
        return new PolicyVerdict(
            Together(verdicts.Select(verdict => verdict.Refused)), Together(verdicts.Select(verdict => verdict.Unresolved)));
    }

    private static PolicyProblem? Together(IEnumerable<PolicyProblem?> problems)
    {
        var found = problems.OfType<PolicyProblem>().ToList();
        return found.Count == 0
            ? null
            : new PolicyProblem(
                found[0].Reason, string.Join(' ', found.Select(problem => problem.Message)) + " The rules named are ignored, others are not.");
    }
}
