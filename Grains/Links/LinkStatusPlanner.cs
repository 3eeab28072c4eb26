using System.Collections.Immutable;
using Mesh.Grains.Observed;
using Mesh.Interfaces.Links;

namespace Mesh.Grains.Links;

/// <summary>status.mirrorServices of a Link, in Linkerd's form.</summary>
internal static class LinkStatusPlanner
{
    private const string ControllerName = "linkerd.io/service-mirror";
    private const string ConditionType = "Mirrored";

    /// <returns>The entries in order of namespace and name; a condition that says what it said before keeps its transition time.</returns>
    public static ImmutableArray<ObservedLinkServiceStatus> Plan(ObservedLink link, IEnumerable<MirrorStatus> mirrors, DateTimeOffset now)
    {
        var before = Entries(link).ToLookup(entry => (entry.RemoteNamespace, entry.RemoteName));
        return [.. mirrors
            .OrderBy(mirror => mirror.Remote.Namespace, StringComparer.Ordinal)
            .ThenBy(mirror => mirror.Remote.Name, StringComparer.Ordinal)
            .Select(mirror => Entry(mirror, before[(mirror.Remote.Namespace, mirror.Remote.Name)], now))];
    }

    /// <summary>Whether the Link says something else than it should.</summary>
    public static bool Differs(ObservedLink link, ImmutableArray<ObservedLinkServiceStatus> wanted)
    {
        var entries = Entries(link);
        return entries.Length != wanted.Length || entries.Zip(wanted).Any(pair => Differs(pair.First, pair.Second));
    }

    private static bool Differs(ObservedLinkServiceStatus one, ObservedLinkServiceStatus other) =>
        one with { Conditions = [] } != other with { Conditions = [] }
        || one.Conditions.IsDefault
        || one.Conditions.Length != other.Conditions.Length
        || one.Conditions.Zip(other.Conditions).Any(pair => !SaysTheSame(pair.First, pair.Second));

    private static bool SaysTheSame(ObservedCondition one, ObservedCondition other) =>
        (one.Type, one.Status, one.Reason, one.Message) == (other.Type, other.Status, other.Reason, other.Message);

    private static ObservedLinkServiceStatus Entry(MirrorStatus mirror, IEnumerable<ObservedLinkServiceStatus> before, DateTimeOffset now)
    {
        var condition = new ObservedCondition(ConditionType, mirror.Mirrored ? "True" : "False", mirror.Reason, mirror.Message, now);
        var earlier = before.SelectMany(entry => entry.Conditions.IsDefault ? [] : entry.Conditions)
            .FirstOrDefault(existing => existing.Type == ConditionType && existing.Status == condition.Status);
        return new ObservedLinkServiceStatus(
            ControllerName,
            mirror.Remote.Namespace,
            mirror.Remote.Name,
            mirror.Remote.Namespace,
            mirror.LocalName,
            [condition with { LastTransitionTime = earlier?.LastTransitionTime ?? now }]);
    }

    private static ImmutableArray<ObservedLinkServiceStatus> Entries(ObservedLink link) =>
        link.MirrorServices.IsDefault ? [] : link.MirrorServices;
}
