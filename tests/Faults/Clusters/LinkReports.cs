using System.Text.Json.Nodes;
using Mesh.Faults.Frame;

namespace Mesh.Faults.Clusters;

/// <summary>Whether a cluster says what it knows of another, in every place where a person would look.</summary>
internal static class LinkReports
{
    /// <summary>
    /// The Link's condition, an event on it, a metric, <c>mesh viz</c>, <c>mesh multicluster check</c> and <c>links</c> name the cluster.
    /// </summary>
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
            return check.ExitCode != 0 && check.Output.Contains(target, StringComparison.Ordinal)
                ? null
                : $"exit code {check.ExitCode}\n{check.Output}";
        });
        await ExpectMetricAsync(stage, cluster, target, 0, within);
        await ExpectSaidAsync(stage, $"mesh --context {cluster} multicluster links", $"Link {target} to cluster {target} is Suspect", within);
        await ExpectSaidAsync(
            stage, $"mesh --context {cluster} viz stat -n {Manifests.Namespace} deploy", $"Link {target} to cluster {target} is Suspect", within);
    }

    /// <summary>The same places say that all is well.</summary>
    public static async Task ExpectConnectedAsync(FaultStage stage, string cluster, string target, TimeSpan within)
    {
        await ExpectConditionAsync(stage, cluster, target, "True", within);
        await ExpectMetricAsync(stage, cluster, target, 1, within);
    }

    private static Task ExpectMetricAsync(FaultStage stage, string cluster, string target, int value, TimeSpan within) =>
        ExpectSaidAsync(
            stage, $"kubectl --context {cluster} get --raw /api/v1/namespaces/mesh-system/pods/mesh-silo-0:9990/proxy/metrics",
            $"mesh_silo_link_connected{{link=\"{target}\",cluster=\"{target}\"}} {value}", within);

    private static Task ExpectSaidAsync(FaultStage stage, string command, string text, TimeSpan within) =>
        stage.ExpectWithinAsync($"`{command}` says {text}", within, async () =>
        {
            var said = await stage.Clusters.TryAsync(command, null, stage.Cancellation);
            return (said.Output + said.Errors).Contains(text, StringComparison.Ordinal) ? null : $"\n{said.Output}{said.Errors}";
        });

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
