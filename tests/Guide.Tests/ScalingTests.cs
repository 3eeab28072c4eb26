using System.Diagnostics;
using System.Text.Json.Nodes;
using Mesh.Guide.Tests.Fixture;
using Mesh.Kubernetes;
using Mesh.Kubernetes.Resources;
using Mesh.Testing;

namespace Mesh.Guide.Tests;

/// <summary>Silos are added, replaced and taken away while the mesh is in use.</summary>
[Collection(GuideCollection.Name)]
public sealed class ScalingTests(GuideFixture guide)
{
    // "A few seconds": a silo that ends hands its grains over, and one that is gone without a word is missed within its peers' patience.
    private static readonly TimeSpan Promise = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly string[] Clusters = ["east", "west"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ScaleSilosUpAndDownAndRestartThem_UnderLoad_NoRequestFailsAndChangesFlowOn()
    {
        var mirror = await guide.ClusterIpAsync("west", "bb-target");
        await guide.RunAsync("kubectl --context east apply -f -", EchoService.Service("scaled", exported: false));
        await guide.SlowCookerSettlesAsync();
        var before = await guide.SlowCookerAsync();
        await using var load = new SteadyLoad(await guide.SlowCookerNamespaceAsync(), new Uri($"http://{mirror}:8080/"), Cancellation);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var slowest = (Time: TimeSpan.Zero, Phase: "");
        var seen = 0;
        var phase = "before";
        var changes = ChangeExportsAsync();

        await StepAsync("one silo", _ => Task.CompletedTask);
        await StepAsync("to three silos", cluster => ScaleAsync(cluster, 3));
        await StepAsync("restart of three silos", async cluster =>
        {
            await guide.RunAsync($"kubectl --context {cluster} -n mesh-system rollout restart statefulset/mesh-silo");
            await RolledOutAsync(cluster);
        });
        await StepAsync("to one silo", cluster => ScaleAsync(cluster, 1));
        await StepAsync("one silo again", _ => Task.CompletedTask);
        await stop.CancelAsync();
        await changes;
        await load.StopAsync();

        TestContext.Current.SendDiagnosticMessage(
            "{0} changes seen, the slowest after {1:0} ms ({2}); {3} requests", seen, slowest.Time.TotalMilliseconds, slowest.Phase, load.Answered);
        Assert.Empty(load.Failures);
        var after = await guide.SlowCookerAsync();
        Assert.Equal((before.Bad, before.Failed), (after.Bad, after.Failed));
        Assert.True(slowest.Time < Promise, $"the slowest of {seen} changes took {slowest.Time.TotalSeconds:0.0} s ({slowest.Phase})");

        async Task StepAsync(string name, Func<string, Task> step)
        {
            phase = name;
            foreach (var cluster in Clusters)
            {
                await step(cluster);
            }
            await load.AdvanceAsync(200, Cancellation);
            var from = seen;
            await Eventually.Holds(
                () => changes.IsCompleted || seen >= from + 4, TimeSpan.FromSeconds(60), () => $"{seen - from} changes were seen {name}", Cancellation);
            if (changes.IsCompleted)
            {
                await changes;
            }
        }

        async Task ChangeExportsAsync()
        {
            using var east = guide.Client("east");
            using var west = guide.Client("west");
            for (var exported = true; !stop.IsCancellationRequested; exported = !exported)
            {
                var clock = Stopwatch.StartNew();
                await LabelAsync(east, exported ? "remote-discovery" : null);
                await Eventually.Holds(
                    async () => await west.GetOrNullAsync<Service>("mc-demo", "scaled-target", Cancellation) is not null == exported,
                    Patience,
                    () => $"the mirror is still {(exported ? "not there" : "there")}; last step: {phase}", Cancellation);
                slowest = clock.Elapsed > slowest.Time ? (clock.Elapsed, phase) : slowest;
                seen++;
            }
        }
    }

    private async Task ScaleAsync(string cluster, int silos)
    {
        await guide.RunAsync($"kubectl --context {cluster} -n mesh-system scale statefulset/mesh-silo --replicas={silos}");
        await RolledOutAsync(cluster);
        // Those that are ending end before the next step.
        await guide.UntilAsync(
            $"kubectl --context {cluster} -n mesh-system get pods -l app.kubernetes.io/name=mesh-silo --no-headers",
            text => text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length == silos);
    }

    private Task<string> RolledOutAsync(string cluster) =>
        guide.RunAsync($"kubectl --context {cluster} -n mesh-system rollout status statefulset/mesh-silo --timeout=120s");

    private static Task LabelAsync(KubernetesClient east, string? value) =>
        east.PatchAsync<Service>("mc-demo", "scaled",
            KubernetesPatch.Merge(new JsonObject
            {
                ["metadata"] = new JsonObject { ["labels"] = new JsonObject { ["mirror.linkerd.io/exported"] = value } },
            }),
            null, Cancellation);
}
