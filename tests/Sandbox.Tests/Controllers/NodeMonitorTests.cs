using Mesh.Sandbox.Api;
using Mesh.Sandbox.Api.Json;
using Mesh.Sandbox.Tests.Api;
using Mesh.Testing;

namespace Mesh.Sandbox.Tests.Controllers;

public sealed class NodeMonitorTests
{
    [Fact]
    public async Task Node_ThatFallsSilent_IsNotReadyWithItsPodsUntilHeardOfAgain()
    {
        var time = new ManualTimeProvider();
        time.Advance(TimeProvider.System.GetUtcNow() - time.GetUtcNow());
        await using var cluster = await TestCluster.StartAsync(time);
        await cluster.AddNodeAsync("n1");
        await cluster.CreateAsync("/api/v1/namespaces/default/pods",
            """{"metadata":{"name":"p"},"spec":{"nodeName":"n1","containers":[{"name":"c","image":"i"}]}}""");
        await cluster.RunPodAsync("default", "p", "10.10.1.5");

        await cluster.EventuallyAsync(async () =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return await ReadyAsync(cluster, "/api/v1/nodes/n1") == "Unknown"
                && await ReadyAsync(cluster, "/api/v1/namespaces/default/pods/p") == "False";
        }, "not ready");
        await cluster.PatchAsync("/api/v1/nodes/n1/status", """{"status":{"conditions":[{"type":"Ready","status":"True","reason":"KubeletReady"}]}}""");

        await cluster.EventuallyAsync(async () =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return await ReadyAsync(cluster, "/api/v1/namespaces/default/pods/p") == "True";
        }, "ready again");
        Assert.Null((await cluster.GetAsync("/api/v1/nodes/n1")).At("spec", "taints"));
    }

    private static async Task<string?> ReadyAsync(TestCluster cluster, string path) =>
        Conditions.Get(await cluster.GetAsync(path), "Ready");
}
