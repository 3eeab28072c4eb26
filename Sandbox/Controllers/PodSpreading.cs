using System.Text.Json.Nodes;
using Mesh.Sandbox.Api.Json;
using Mesh.Sandbox.Api.Selection;
using Mesh.Sandbox.Api.Storage;

namespace Mesh.Sandbox.Controllers;

/// <summary>
/// One pod's podAntiAffinity and topologySpreadConstraints, against the pods that are placed already in its own namespace. Without
/// namespaces in the terms and without the anti-affinity other pods have against this one. As in Kubernetes a pod that is ending is still
/// in the way of another, but is not counted when pods are spread.
/// </summary>
internal sealed class PodSpreading
{
    private readonly List<(string Key, LabelSelector Selector)> _forbidden;
    private readonly List<(string Key, LabelSelector Selector, long Weight)> _disliked;
    private readonly List<(string Key, LabelSelector Selector, long MaxSkew, bool Hard)> _constraints;
    private readonly List<StoredObject> _nodes;
    private readonly List<(StoredObject Pod, StoredObject Node)> _placed;

    public PodSpreading(StoredObject pod, List<StoredObject> nodes, IEnumerable<StoredObject> pods)
    {
        _forbidden = [.. Terms(pod, "requiredDuringSchedulingIgnoredDuringExecution").Select(t => (Key(t), Selector(t)))];
        _disliked =
        [
            .. Terms(pod, "preferredDuringSchedulingIgnoredDuringExecution").Select(t =>
                (Key(t.Map("podAffinityTerm")!), Selector(t.Map("podAffinityTerm")!), t.Integer("weight") ?? 1)),
        ];
        _constraints =
        [
            .. pod.Json.Objects("spec", "topologySpreadConstraints").Select(c =>
                (Key(c), Selector(c), c.Integer("maxSkew") ?? 1, c.Text("whenUnsatisfiable") != "ScheduleAnyway")),
        ];
        _nodes = nodes;
        var byName = nodes.ToDictionary(n => n.Name);
        _placed =
        [
            .. from other in pods
               where other.Namespace == pod.Namespace && other.Uid != pod.Uid
               let node = byName.GetValueOrDefault(other.Json.Text("spec", "nodeName") ?? "")
               where node is not null
               select (other, node),
        ];
    }

    /// <summary>Whether nothing that is required forbids the node.</summary>
    public bool Allows(StoredObject node) =>
        _forbidden.All(t => Domain(node, t.Key) is not { } domain || Count(t.Selector, t.Key, domain, ending: true) == 0)
        && _constraints.Where(c => c.Hard).All(c => Domain(node, c.Key) is not null && Skew(c.Selector, c.Key, node) <= c.MaxSkew);

    /// <summary>How much what is only preferred speaks against the node.</summary>
    public long Penalty(StoredObject node) =>
        _disliked.Sum(t => Domain(node, t.Key) is { } domain && Count(t.Selector, t.Key, domain, ending: true) is var there and > 0 ? t.Weight * there : 0)
        + _constraints.Where(c => !c.Hard).Sum(c => Math.Max(0, Skew(c.Selector, c.Key, node) - c.MaxSkew));

    private long Skew(LabelSelector selector, string key, StoredObject node)
    {
        if (Domain(node, key) is not { } own)
        {
            return 0;
        }
        var least = _nodes.Select(n => Domain(n, key)).OfType<string>().Distinct().Min(domain => Count(selector, key, domain, ending: false));
        return Count(selector, key, own, ending: false) + 1 - least;
    }

    private int Count(LabelSelector selector, string key, string domain, bool ending) =>
        _placed.Count(p => (ending || !p.Pod.Deleting) && Domain(p.Node, key) == domain && selector.Matches(p.Pod.Labels));

    private static string? Domain(StoredObject node, string key) => node.Labels.GetValueOrDefault(key);

    private static IEnumerable<JsonObject> Terms(StoredObject pod, string strength) => pod.Json.Objects("spec", "affinity", "podAntiAffinity", strength);

    private static string Key(JsonObject term) => term.Text("topologyKey") ?? "";

    private static LabelSelector Selector(JsonObject term) => LabelSelector.FromObject(term.Map("labelSelector"));
}
