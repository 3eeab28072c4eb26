using Mesh.Sandbox.Api.Json;
using Mesh.Sandbox.Tests.Api;

namespace Mesh.Sandbox.Tests.Controllers;

public sealed class WorkloadTests : IAsyncLifetime
{
    private const string Apps = "/apis/apps/v1/namespaces/default";
    private const string Pods = "/api/v1/namespaces/default/pods";
    private const string Template = """{"metadata":{"labels":{"app":"w"}},"spec":{"containers":[{"name":"c","image":"i:1"}]}}""";
    private TestCluster _cluster = null!;
    private int _address;

    public async ValueTask InitializeAsync()
    {
        _cluster = await TestCluster.StartAsync();
        await _cluster.AddNodeAsync("n1");
        await _cluster.AddNodeAsync("n2", "z2");
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task Deployment_Rolled_NeverFallsBelowWhatMustBeAvailable()
    {
        await CreateAsync("deployments", "w", "\"replicas\":4,");
        await SettleAsync("deployments/w", s => s.Integer("availableReplicas") == 4);
        await _cluster.PatchAsync($"{Apps}/deployments/w", """{"spec":{"template":{"metadata":{"annotations":{"v":"2"}}}}}""");
        var lowest = 4;
        await _cluster.EventuallyAsync(async () =>
        {
            var pods = await _cluster.ListAsync(Pods);
            lowest = Math.Min(lowest, pods.Count(p => p.Objects("status", "conditions")
                .Any(c => c.Text("type") == "Ready" && c.Text("status") == "True")
                && p.Text("metadata", "deletionTimestamp") is null));
            await StepAsync();
            var status = (await _cluster.GetAsync($"{Apps}/deployments/w")).Map("status");
            return status.Integer("updatedReplicas") == 4 && status.Integer("availableReplicas") == 4 && status.Integer("replicas") == 4;
        }, "rollout");
        var sets = await _cluster.ListAsync($"{Apps}/replicasets");

        Assert.True(lowest >= 3, $"only {lowest} of 4 were available");
        Assert.Equal(2, sets.Count);
        Assert.Equal("2", (await _cluster.GetAsync($"{Apps}/deployments/w"))
            .Text("metadata", "annotations", "deployment.kubernetes.io/revision"));
    }

    [Fact]
    public async Task Deployment_Pods_AreSpreadOverNodes()
    {
        await CreateAsync("deployments", "w", "\"replicas\":4,");
        await SettleAsync("deployments/w", s => s.Integer("availableReplicas") == 4);
        var byNode = (await _cluster.ListAsync(Pods)).CountBy(p => p.Text("spec", "nodeName") ?? "").ToDictionary();

        Assert.Equal(2, byNode["n1"]);
        Assert.Equal(2, byNode["n2"]);
    }

    [Fact]
    public async Task StatefulSet_RequiredAntiAffinity_OnePodANodeAndTheThirdWaitsForRoom()
    {
        const string Affinity = """
            {"metadata":{"labels":{"app":"w"}},"spec":{"containers":[{"name":"c","image":"i:1"}],"affinity":{"podAntiAffinity":{
            "requiredDuringSchedulingIgnoredDuringExecution":[{"topologyKey":"kubernetes.io/hostname","labelSelector":{"matchLabels":{"app":"w"}}}]}}}}
            """;
        foreach (var node in new[] { "n1", "n2" })
        {
            await _cluster.PatchAsync($"/api/v1/nodes/{node}", $$$"""{"metadata":{"labels":{"kubernetes.io/hostname":"{{{node}}}"} } }""");
        }
        await CreateAsync("statefulsets", "s", "\"replicas\":3,\"serviceName\":\"s\",\"podManagementPolicy\":\"Parallel\",", Affinity);
        await SettleAsync("statefulsets/s", s => s.Integer("readyReplicas") == 2);
        var pods = await _cluster.ListAsync(Pods);
        Assert.Equal(["", "n1", "n2"], pods.Select(p => p.Text("spec", "nodeName") ?? "").Order(StringComparer.Ordinal));
        var waiting = pods.Single(p => string.IsNullOrEmpty(p.Text("spec", "nodeName")));
        Assert.Contains("anti-affinity", waiting.Objects("status", "conditions").Single(c => c.Text("type") == "PodScheduled").Text("message"));

        await _cluster.AddNodeAsync("n3");
        await _cluster.PatchAsync("/api/v1/nodes/n3", """{"metadata":{"labels":{"kubernetes.io/hostname":"n3"}}}""");
        await SettleAsync("statefulsets/s", s => s.Integer("readyReplicas") == 3);
    }

    [Fact]
    public async Task StatefulSet_SpreadByZone_PrefersTheEmptierZone()
    {
        // Two nodes in one zone, one in the other: by pods per node alone, n0 would be the one with two.
        await _cluster.AddNodeAsync("n0");
        const string Spread = """
            {"metadata":{"labels":{"app":"w"}},"spec":{"containers":[{"name":"c","image":"i:1"}],"topologySpreadConstraints":[{"maxSkew":1,
            "topologyKey":"topology.kubernetes.io/zone","whenUnsatisfiable":"ScheduleAnyway","labelSelector":{"matchLabels":{"app":"w"}}}]}}
            """;
        await CreateAsync("statefulsets", "s", "\"replicas\":4,\"serviceName\":\"s\",", Spread);
        await SettleAsync("statefulsets/s", s => s.Integer("readyReplicas") == 4);

        Assert.Equal(2, (await _cluster.ListAsync(Pods)).Count(p => p.Text("spec", "nodeName") == "n2"));
    }

    [Fact]
    public async Task Deployment_Deleted_TakesItsPodsAlong()
    {
        await CreateAsync("deployments", "w", "\"replicas\":2,");
        await SettleAsync("deployments/w", s => s.Integer("availableReplicas") == 2);
        await _cluster.DeleteAsync($"{Apps}/deployments/w");

        await _cluster.EventuallyAsync(async () =>
        {
            await StepAsync();
            return (await _cluster.ListAsync(Pods)).Count == 0 && (await _cluster.ListAsync($"{Apps}/replicasets")).Count == 0;
        }, "garbage collected");
    }

    [Fact]
    public async Task Deployment_DeletedOrphaning_LeavesItsSet()
    {
        await CreateAsync("deployments", "w", "\"replicas\":1,");
        await SettleAsync("deployments/w", s => s.Integer("availableReplicas") == 1);
        await _cluster.DeleteAsync($"{Apps}/deployments/w", """{"propagationPolicy":"Orphan"}""");

        await _cluster.EventuallyAsync(async () =>
            await _cluster.TryGetAsync($"{Apps}/deployments/w") is null
            && (await _cluster.ListAsync($"{Apps}/replicasets")).Single().Sequence("metadata", "ownerReferences") is null, "orphaned");
    }

    [Fact]
    public async Task StatefulSet_Ordered_CreatesOneAfterTheOther()
    {
        await CreateAsync("statefulsets", "s", "\"replicas\":2,\"serviceName\":\"s\",");
        await _cluster.EventuallyAsync(async () => (await _cluster.ListAsync(Pods)).Count == 1, "first pod");
        var first = (await _cluster.ListAsync(Pods)).Single();
        await SettleAsync("statefulsets/s", s => s.Integer("readyReplicas") == 2);
        var pods = await _cluster.ListAsync(Pods);

        Assert.Equal("s-0", first.Text("metadata", "name"));
        Assert.Equal(["s-0", "s-1"], pods.Select(p => p.Text("metadata", "name")));
        Assert.Equal("1", pods[1].Text("metadata", "labels", "apps.kubernetes.io/pod-index"));
        Assert.Equal(("s-1", "s"), (pods[1].Text("spec", "hostname"), pods[1].Text("spec", "subdomain")));
    }

    [Fact]
    public async Task StatefulSet_Updated_ReplacesFromTheTop()
    {
        await CreateAsync("statefulsets", "s", "\"replicas\":2,\"podManagementPolicy\":\"Parallel\",\"serviceName\":\"s\",");
        await SettleAsync("statefulsets/s", s => s.Integer("readyReplicas") == 2);
        await _cluster.PatchAsync($"{Apps}/statefulsets/s", """{"spec":{"template":{"metadata":{"annotations":{"v":"2"}}}}}""");
        await _cluster.EventuallyAsync(async () => (await _cluster.GetAsync($"{Pods}/s-1"))
            .Text("metadata", "deletionTimestamp") is not null, "s-1 goes");
        Assert.Null((await _cluster.GetAsync($"{Pods}/s-0")).Text("metadata", "deletionTimestamp"));

        await SettleAsync("statefulsets/s", s =>
            s.Integer("updatedReplicas") == 2 && s.Integer("readyReplicas") == 2 && s.Text("currentRevision") == s.Text("updateRevision"));
    }

    [Fact]
    public async Task DaemonSet_RolledWithSurge_NewPodIsReadyBeforeTheOldOneEnds()
    {
        await CreateAsync("daemonsets", "d", "\"updateStrategy\":{\"rollingUpdate\":{\"maxSurge\":1,\"maxUnavailable\":0}},");
        await SettleAsync("daemonsets/d", s => s.Integer("numberReady") == 2);
        await _cluster.PatchAsync($"{Apps}/daemonsets/d", """{"spec":{"template":{"metadata":{"annotations":{"v":"2"}}}}}""");
        var (fewest, most) = (2, 0);
        await _cluster.EventuallyAsync(async () =>
        {
            var pods = (await _cluster.ListAsync(Pods)).Where(p => p.Text("metadata", "deletionTimestamp") is null).ToList();
            fewest = Math.Min(fewest, pods.Where(p => p.Objects("status", "conditions")
                .Any(c => c.Text("type") == "Ready" && c.Text("status") == "True")).Select(p => p.Text("spec", "nodeName")).Distinct().Count());
            most = Math.Max(most, pods.Count);
            await StepAsync();
            var status = (await _cluster.GetAsync($"{Apps}/daemonsets/d")).Map("status");
            return status.Integer("updatedNumberScheduled") == 2 && status.Integer("numberAvailable") == 2 && pods.Count == 2;
        }, "rollout");

        Assert.Equal(2, fewest);
        Assert.Equal(3, most);
        Assert.All(await _cluster.ListAsync(Pods), p => Assert.Equal("2", p.Text("metadata", "annotations", "v")));
    }

    [Fact]
    public async Task DaemonSet_HasOnePodOnEveryNode_AlsoOnNewOnes()
    {
        await CreateAsync("daemonsets", "d", "");
        await SettleAsync("daemonsets/d", s => s.Integer("numberReady") == 2);
        await _cluster.AddNodeAsync("n3");
        await SettleAsync("daemonsets/d", s => s.Integer("numberReady") == 3);

        Assert.Equal(["n1", "n2", "n3"], (await _cluster.ListAsync(Pods)).Select(p => p.Text("spec", "nodeName")).Order());
    }

    [Fact]
    public async Task Namespace_Deleted_IsEmptiedAndGone()
    {
        await _cluster.CreateAsync("/api/v1/namespaces", """{"metadata":{"name":"gone"}}""");
        await _cluster.EventuallyAsync(async () => await _cluster.TryGetAsync("/api/v1/namespaces/gone/configmaps/kube-root-ca.crt") is not null, "set up");
        await _cluster.CreateAsync("/api/v1/namespaces/gone/secrets", """{"metadata":{"name":"s","finalizers":["example.com/wait"]}}""");
        await _cluster.DeleteAsync("/api/v1/namespaces/gone");
        await _cluster.EventuallyAsync(async () => (await _cluster.ListAsync("/api/v1/namespaces/gone/configmaps")).Count == 0, "emptied");
        Assert.Equal("Terminating", (await _cluster.GetAsync("/api/v1/namespaces/gone")).Text("status", "phase"));
        await _cluster.PatchAsync("/api/v1/namespaces/gone/secrets/s", """{"metadata":{"finalizers":null}}""");

        await _cluster.EventuallyAsync(async () => await _cluster.TryGetAsync("/api/v1/namespaces/gone") is null, "gone");
    }

    [Fact]
    public async Task Scheduler_WithoutAFittingNode_SaysWhy()
    {
        await _cluster.CreateAsync(Pods, """{"metadata":{"name":"p"},"spec":{"nodeSelector":{"disk":"ssd"},"containers":[{"name":"c","image":"i"}]}}""");

        await _cluster.EventuallyAsync(async () => (await _cluster.ListAsync("/api/v1/namespaces/default/events"))
            .Any(e => e.Text("reason") == "FailedScheduling"
                && e.Text("message") == "0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector."), "event");
    }

    private Task CreateAsync(string resource, string name, string spec, string template = Template) => _cluster.CreateAsync($"{Apps}/{resource}",
        "{\"metadata\":{\"name\":\"" + name + "\"},\"spec\":{" + spec + "\"selector\":{\"matchLabels\":{\"app\":\"w\"}},\"template\":" + template + "}}");

    private Task SettleAsync(string path, Func<System.Text.Json.Nodes.JsonObject?, bool> condition) => _cluster.EventuallyAsync(async () =>
    {
        await StepAsync();
        return condition((await _cluster.GetAsync($"{Apps}/{path}")).Map("status"));
    }, path);

    /// <summary>What node agents do, once: pods that are placed run, deleted ones end.</summary>
    private async Task StepAsync()
    {
        foreach (var pod in await _cluster.ListAsync(Pods))
        {
            var name = pod.Text("metadata", "name")!;
            if (pod.Text("metadata", "deletionTimestamp") is not null)
            {
                await _cluster.SendAsync(HttpMethod.Delete, $"{Pods}/{name}", System.Text.Json.Nodes.JsonNode.Parse("""{"gracePeriodSeconds":0}"""));
            }
            else if (pod.Text("spec", "nodeName") is not null && pod.Text("status", "phase") == "Pending")
            {
                await _cluster.RunPodAsync("default", name, $"10.10.1.{++_address}");
            }
        }
    }
}
