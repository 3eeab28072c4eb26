using System.Text.Json.Nodes;
using Mesh.Sandbox.Api;
using Mesh.Sandbox.Api.Json;
using Mesh.Sandbox.Api.Storage;

namespace Mesh.Sandbox.Controllers;

/// <summary>The conditions of a Deployment: Available and Progressing.</summary>
internal sealed class DeploymentConditions
{
    private readonly StoredObject _deployment;
    private readonly StoredObject? _current;
    private readonly DateTimeOffset _now;

    public DeploymentConditions(StoredObject deployment, StoredObject? current, DateTimeOffset now)
    {
        _deployment = deployment;
        _current = current;
        _now = now;
    }

    /// <summary>Writes both conditions; returns when to look again because the rollout may have missed its deadline.</summary>
    public TimeSpan? Set(JsonObject status, long available, bool complete, bool progressed)
    {
        var wanted = _deployment.Json.Integer("spec", "replicas") ?? 1;
        var enough = available >= wanted - ReplicaSetPlan.MaxUnavailable(_deployment);
        Touch(status, "Available", enough ? "True" : "False", enough ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
            enough ? "Deployment has minimum availability." : "Deployment does not have minimum availability.", false);
        if (_deployment.Json.Flag("spec", "paused") == true)
        {
            Touch(status, "Progressing", "Unknown", "DeploymentPaused", "Deployment is paused", false);
            return null;
        }
        if (complete)
        {
            Touch(status, "Progressing", "True", "NewReplicaSetAvailable",
                $"ReplicaSet \"{_current?.Name}\" has successfully progressed.", false);
            return null;
        }
        var deadline = TimeSpan.FromSeconds(_deployment.Json.Integer("spec", "progressDeadlineSeconds") ?? 600);
        var known = status.Objects("conditions").FirstOrDefault(c => c.Text("type") == "Progressing");
        var last = known.Text("reason") == "NewReplicaSetAvailable" ? null : known.Time("lastUpdateTime");
        if (last is not null && !progressed && _now - last > deadline)
        {
            Touch(status, "Progressing", "False", "ProgressDeadlineExceeded",
                $"ReplicaSet \"{_current?.Name}\" has timed out progressing.", false);
            return null;
        }
        Touch(status, "Progressing", "True", "ReplicaSetUpdated", $"ReplicaSet \"{_current?.Name}\" is progressing.", progressed);
        return (progressed || last is null ? _now : last.Value) + deadline - _now + TimeSpan.FromSeconds(1);
    }

    private void Touch(JsonObject status, string type, string value, string reason, string message, bool always)
    {
        if (Conditions.Set(status, type, value, reason, message, _now) || always)
        {
            status.Objects("conditions").First(c => c.Text("type") == type)["lastUpdateTime"] = _now.ToTimestamp();
        }
    }
}
