using System.Text.Json.Nodes;
using Mesh.Faults.Frame;

namespace Mesh.Faults.Clusters;

/// <summary>Whether a cluster says what it knows of another, in every place where a person would look.</summary>
internal static class LinkReports
{
    /// <summary>The Link's condition, an event on it, <c>mesh viz</c>, <c>mesh multicluster check</c> and a metric name the silent cluster.</summary>
    public static async Task ExpectSuspectAsync(FaultStage stage, string cluster, string target, TimeSpan within)
    {
        await ExpectConditionAsync(stage, cluster, target, "False", within);
        await stage.ExpectWithinAsync($"an event in {cluster} says that {target} is suspect", within, async () =>
        {
            var events = await stage.Clusters.TryAsync(
                $"kubectl --context {cluster} get events -A -o jsonpath='{{range .items[*]}}{{.reason}} {{.involvedObject.name}}{{\"\\n\"}}{{end}}'",
                null, stage.Cancellation);
            return events.Output.Contains($"TargetClusterSuspect {target}", StringComparison.Ordinal) ? null : "none does";
        });
        await stage.ExpectWithinAsync($"mesh multicluster check in {cluster} names {target}", within, async () =>
        {
            var check = await stage.Clusters.TryAsync($"mesh --context {cluster} multicluster check --wait=0s", null, stage.Cancellation);
            return check.ExitCode != 0 && check.Output.Contains(target, StringComparison.Ordinal) ? null : $"exit code {check.ExitCode}\n{check.Output}";
        });
    }

    /// <summary>The same places say that all is well.</summary>
    public static async Task ExpectConnectedAsync(FaultStage stage, string cluster, string target, TimeSpan within) =>
        await ExpectConditionAsync(stage, cluster, target, "True", within);

    private static Task ExpectConditionAsync(FaultStage stage, string cluster, string target, string status, TimeSpan within) =>
        stage.ExpectWithinAsync($"the Link {target} in {cluster} has the condition Connected={status}", within, async () =>
        {
            var link = await stage.Clusters.TryAsync(
                $"kubectl --context {cluster} -n mesh-multicluster get links.multicluster.linkerd.io {target} -o json", null, stage.Cancellation);
            if (link.ExitCode != 0)
            {
                return link.Errors;
            }
            var conditions = JsonNode.Parse(link.Output)?["status"]?["conditions"] as JsonArray;
            var condition = conditions?.FirstOrDefault(one => one?["type"]?.ToString() == "Connected");
            return condition?["status"]?.ToString() == status ? null : $"{condition?.ToJsonString() ?? "no such condition"}";
        });
}
