using System.Text.Json.Nodes;
using Mesh.Sandbox.Api.Json;
using static Mesh.Sandbox.Api.Printing.BuiltInColumns;

namespace Mesh.Sandbox.Api.Printing;

/// <summary>Columns of pods; the status follows printPod in kubernetes/pkg/printers/internalversion.</summary>
internal static class PodCells
{
    public static TableColumn[] Columns(TableColumn name, TableColumn age) =>
    [
        name,
        Text("Ready", (p, _) => Ready(p)),
        Text("Status", (p, _) => Status(p)),
        Text("Restarts", Restarts),
        age,
        Text("IP", (p, _) => p.Text("status", "podIP") ?? "<none>", 1),
        Text("Node", (p, _) => p.Text("spec", "nodeName") ?? "<none>", 1),
        Text("Nominated Node", (p, _) => p.Text("status", "nominatedNodeName") ?? "<none>", 1),
        Text("Readiness Gates", (p, _) => Gates(p), 1),
    ];

    private static string Ready(JsonObject pod)
    {
        var statuses = pod.Objects("status", "containerStatuses").ToList();
        var total = pod.Objects("spec", "containers").Count();
        return $"{statuses.Count(s => s.Flag("ready") == true && s.Map("state", "running") is not null)}/{total}";
    }

    private static string Status(JsonObject pod)
    {
        var reason = pod.Text("status", "reason") ?? pod.Text("status", "phase") ?? "Unknown";
        if (Initializing(pod) is { } initializing)
        {
            reason = initializing;
        }
        else
        {
            reason = OfContainers(pod, reason);
        }
        if (pod.At("metadata", "deletionTimestamp") is not null && pod.Text("status", "phase") is not ("Succeeded" or "Failed"))
        {
            return pod.Text("status", "reason") == "NodeLost" ? "Unknown" : "Terminating";
        }
        return reason;
    }

    private static string? Initializing(JsonObject pod)
    {
        var index = 0;
        foreach (var status in pod.Objects("status", "initContainerStatuses"))
        {
            if (status.Map("state", "terminated") is { } ended && ended.Integer("exitCode") == 0)
            {
                index++;
                continue;
            }
            if (status.Map("state", "terminated") is { } failed)
            {
                return $"Init:{Reason(failed)}";
            }
            if (status.Text("state", "waiting", "reason") is { Length: > 0 } waiting && waiting != "PodInitializing")
            {
                return $"Init:{waiting}";
            }
            return $"Init:{index}/{pod.Objects("spec", "initContainers").Count()}";
        }
        return null;
    }

    private static string OfContainers(JsonObject pod, string reason)
    {
        var running = false;
        foreach (var status in pod.Objects("status", "containerStatuses").Reverse())
        {
            if (status.Text("state", "waiting", "reason") is { Length: > 0 } waiting)
            {
                reason = waiting;
            }
            else if (status.Map("state", "terminated") is { } ended)
            {
                reason = Reason(ended);
            }
            else if (status.Flag("ready") == true && status.Map("state", "running") is not null)
            {
                running = true;
            }
        }
        if (reason != "Completed" || !running)
        {
            return reason;
        }
        var ready = pod.Objects("status", "conditions").Any(c => c.Text("type") == "Ready" && c.Text("status") == "True");
        return ready ? "Running" : "NotReady";
    }

    private static string Reason(JsonObject ended) => ended.Text("reason") is { Length: > 0 } reason
        ? reason
        : ended.Integer("signal") is > 0 and var signal ? $"Signal:{signal}" : $"ExitCode:{ended.Integer("exitCode") ?? 0}";

    private static string Restarts(JsonObject pod, DateTimeOffset now)
    {
        var statuses = pod.Objects("status", "containerStatuses").ToList();
        var count = statuses.Sum(s => s.Integer("restartCount") ?? 0);
        var last = statuses.Select(s => s.Time("lastState", "terminated", "finishedAt")).Max();
        return count > 0 && last is { } at ? $"{count} ({HumanDuration.Of(at, now)} ago)" : $"{count}";
    }

    private static string Gates(JsonObject pod)
    {
        var gates = pod.Objects("spec", "readinessGates").Select(g => g.Text("conditionType")).ToList();
        if (gates.Count == 0)
        {
            return "<none>";
        }
        var met = pod.Objects("status", "conditions").Count(c => gates.Contains(c.Text("type")) && c.Text("status") == "True");
        return $"{met}/{gates.Count}";
    }
}
