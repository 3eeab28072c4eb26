using System.Text.Json.Nodes;
using Mesh.Sandbox.Api;
using Mesh.Sandbox.Api.Json;
using Mesh.Sandbox.Api.Storage;

namespace Mesh.Sandbox.Controllers;

/// <summary>
/// Declares a node not ready when neither its lease nor its status has been renewed for ten seconds, with its pods; takes that back when
/// it is heard of again; after the pods' own toleration of unreachable nodes, deletes them.
/// </summary>
internal sealed class NodeMonitor
{
    private const string Unreachable = "node.kubernetes.io/unreachable";
    private const string Reason = "NodeStatusUnknown";
    private const string PodReason = "NodeNotReady";

    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _heard = [];

    // Only the loop uses this one.
    private readonly Dictionary<string, long> _lost = [];
    private readonly ClusterObjects _cluster;

    public NodeMonitor(ClusterObjects cluster) => _cluster = cluster;

    public void OnChanged(StoreEvent change)
    {
        lock (_lock)
        {
            switch (change.Resource)
            {
                case "nodes" when change.Type == StoreEventType.Deleted:
                    _heard.Remove(change.Object.Name);
                    break;
                case "nodes" when change.Type == StoreEventType.Added || IsHeartbeat(change):
                case "leases.coordination.k8s.io" when change is { Object.Namespace: "kube-node-lease", Type: not StoreEventType.Deleted }:
                    _heard[change.Object.Name] = _cluster.Time.GetTimestamp();
                    break;
            }
        }
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Interval, _cluster.Time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            var nodes = _cluster.List("nodes");
            nodes.ForEach(Check);
            foreach (var gone in _lost.Keys.Except(nodes.Select(n => n.Name)).ToList())
            {
                _lost.Remove(gone);
            }
        }
    }

    // What the monitor itself writes is not a sign of life.
    private static bool IsHeartbeat(StoreEvent change) =>
        change.Object.Json.Objects("status", "conditions").Any(c => c.Text("type") == "Ready" && c.Text("reason") != Reason)
        && !JsonNode.DeepEquals(change.Previous!.Json["status"], change.Object.Json["status"]);

    private void Check(StoredObject node)
    {
        bool silent;
        lock (_lock)
        {
            silent = !_heard.TryGetValue(node.Name, out var at) || _cluster.Time.GetElapsedTime(at) > Grace;
        }
        if (silent)
        {
            Lose(node);
        }
        else if (_lost.ContainsKey(node.Name) && Conditions.Get(node.Json, "Ready") == "True")
        {
            Regain(node);
        }
    }

    private void Lose(StoredObject node)
    {
        if (!_lost.TryGetValue(node.Name, out var since))
        {
            _lost[node.Name] = since = _cluster.Time.GetTimestamp();
            var key = new ObjectKey("nodes", "", node.Name);
            _cluster.UpdateStatus(key, status =>
                Conditions.Set(status, "Ready", "Unknown", Reason, "Kubelet stopped posting node status.", _cluster.Now));
            SetTaint(key, true);
            _cluster.Record(key, node, "Normal", "NodeNotReady", $"Node {node.Name} status is now: NodeNotReady", "node-controller");
            foreach (var pod in PodsOn(node.Name).Where(PodReadiness.IsReady))
            {
                _cluster.UpdateStatus(new("pods", pod.Namespace, pod.Name), status =>
                    Conditions.Set(status, "Ready", "False", PodReason, "the pod's node does not answer", _cluster.Now));
            }
            return;
        }
        var silence = _cluster.Time.GetElapsedTime(since);
        foreach (var pod in PodsOn(node.Name).Where(p => !p.Deleting && IsOverdue(p, silence)))
        {
            _cluster.Delete(new("pods", pod.Namespace, pod.Name), pod.Uid);
        }
    }

    private void Regain(StoredObject node)
    {
        _lost.Remove(node.Name);
        SetTaint(new("nodes", "", node.Name), false);
        // Its agent reports changes only, and to it nothing has changed.
        foreach (var pod in PodsOn(node.Name))
        {
            if (pod.Json.Objects("status", "conditions").Any(c => c.Text("type") == "Ready" && c.Text("reason") == PodReason))
            {
                _cluster.UpdateStatus(new("pods", pod.Namespace, pod.Name), status => Conditions.Set(status, "Ready", "True", "", "", _cluster.Now));
            }
        }
    }

    private static bool IsOverdue(StoredObject pod, TimeSpan silence)
    {
        var toleration = pod.Json.Objects("spec", "tolerations")
            .FirstOrDefault(t => t.Text("operator") == "Exists" && t.Text("key") is (null or Unreachable) && t.Text("effect") is (null or "NoExecute"));
        return toleration is null || (toleration.Integer("tolerationSeconds") is { } seconds && silence > TimeSpan.FromSeconds(seconds));
    }

    private void SetTaint(ObjectKey key, bool present) => _cluster.Update(key, item =>
    {
        var taints = item.Objects("spec", "taints").Where(t => t.Text("key") != Unreachable).Select(t => t.Copy()).ToJsonArray();
        if (present)
        {
            foreach (var effect in (ReadOnlySpan<string>)["NoSchedule", "NoExecute"])
            {
                taints.Add((JsonNode)new JsonObject { ["key"] = Unreachable, ["effect"] = effect, ["timeAdded"] = _cluster.Now.ToTimestamp() });
            }
        }
        if (taints.Count > 0)
        {
            item.Child("spec")["taints"] = taints;
        }
        else
        {
            item.Child("spec").Remove("taints");
        }
    });

    private IEnumerable<StoredObject> PodsOn(string node) => _cluster.List("pods").Where(p => p.Json.Text("spec", "nodeName") == node);
}
