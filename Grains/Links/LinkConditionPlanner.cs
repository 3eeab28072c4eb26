using Mesh.Grains.Observed;
using Mesh.Interfaces.Links;

namespace Mesh.Grains.Links;

/// <summary>status.conditions of a Link: one, which says whether its target cluster is followed. Linkerd's Link has none.</summary>
internal static class LinkConditionPlanner
{
    /// <summary>The type of the condition: True while the target's exports are followed, Unknown where nobody there was ever met.</summary>
    public const string Connected = "Connected";

    /// <returns>The condition; one that says what the Link said before keeps its transition time.</returns>
    public static ObservedCondition Plan(ObservedLink link, LinkState state, string message, DateTimeOffset now)
    {
        var status = state switch
        {
            LinkState.Connected => "True",
            LinkState.UnknownCluster => "Unknown",
            _ => "False",
        };
        var reason = state switch
        {
            LinkState.Connected => "Followed",
            LinkState.UnknownCluster => "TargetClusterUnknown",
            LinkState.Suspect => "TargetClusterSuspect",
            _ => "LinkInvalid",
        };
        var before = Existing(link);
        return new ObservedCondition(
            Connected, status, reason, message, before?.Status == status ? before.LastTransitionTime : now, link.Generation);
    }

    /// <summary>Whether the Link says something else than it should.</summary>
    public static bool Differs(ObservedLink link, ObservedCondition wanted) =>
        link.Conditions.IsDefault || link.Conditions.Length != 1 || link.Conditions[0] is not { } existing
        || (existing.Type, existing.Status, existing.Reason, existing.Message, existing.ObservedGeneration)
            != (wanted.Type, wanted.Status, wanted.Reason, wanted.Message, wanted.ObservedGeneration);

    private static ObservedCondition? Existing(ObservedLink link) =>
        link.Conditions.IsDefault ? null : link.Conditions.FirstOrDefault(condition => condition.Type == Connected);
}
