using System.Diagnostics;
using System.Text.Json.Nodes;
using Mesh.Guide.Tests.Fixture;
using Mesh.Kubernetes;
using Mesh.Kubernetes.Resources;
using Mesh.Testing;

namespace Mesh.Guide.Tests;

/// <summary>How long a change in one cluster takes to be true in the other. The bounds are the project's promises.</summary>
[Collection(GuideCollection.Name)]
public sealed class PropagationTests(GuideFixture guide)
{
    private const int Rounds = 20;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Label_ToVisibleMirror_UnderASecondTwentyTimes()
    {
        using var east = guide.Client("east");
        using var west = guide.Client("west");
        await guide.RunAsync("kubectl --context east apply -f -", EchoService.Service("labelled", exported: false));
        var appeared = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var vanished = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var watching = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var watch = WatchMirrorAsync();

        var slowest = TimeSpan.Zero;
        for (var round = 0; round < Rounds; round++)
        {
            appeared = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            vanished = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var clock = Stopwatch.StartNew();
            await LabelAsync(east, "remote-discovery");
            await appeared.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancellation);
            slowest = clock.Elapsed > slowest ? clock.Elapsed : slowest;
            await LabelAsync(east, null);
            await vanished.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancellation);
        }
        await watching.CancelAsync();
        await watch;

        TestContext.Current.SendDiagnosticMessage("label to mirror, worst of {0}: {1:0} ms", Rounds, slowest.TotalMilliseconds);
        Assert.True(slowest < TimeSpan.FromSeconds(1), $"the slowest of {Rounds} took {slowest.TotalMilliseconds:0} ms");

        async Task WatchMirrorAsync()
        {
            try
            {
                var options = new ListOptions { FieldSelector = "metadata.name=labelled-target" };
                await foreach (var change in west.WatchAsync<Service>("mc-demo", options, watching.Token))
                {
                    (change.Type == WatchEventType.Deleted ? vanished : appeared).TrySetResult();
                }
            }
            catch (OperationCanceledException) when (watching.IsCancellationRequested)
            {
                // The test is over.
            }
        }
    }

    [Fact]
    public async Task EndpointChange_ToTheProxyUsingIt_UnderHalfASecondTwentyTimes()
    {
        using var east = guide.Client("east");
        await guide.RunAsync("kubectl --context east apply -f -",
            EchoService.Deployment("red") + EchoService.Deployment("blue") + EchoService.ServiceWithoutSelector("moving"));
        var pods = new[] { await ReadyPodAsync("red"), await ReadyPodAsync("blue") };
        await guide.RunAsync("kubectl --context east apply -f -", EchoService.Slice("moving", pods[0].Name, pods[0].Ip));
        var mirror = await guide.ClusterIpAsync("west", "moving-target");
        using var client = PodNetwork.HttpClient(await guide.SlowCookerNamespaceAsync());
        await Eventually.Holds(
            async () => await AskAsync(client, mirror) == "red", TimeSpan.FromSeconds(30), () => "red does not answer", Cancellation);

        var slowest = TimeSpan.Zero;
        for (var round = 1; round <= Rounds; round++)
        {
            var (name, ip, answer) = pods[round % 2];
            var clock = Stopwatch.StartNew();
            await PointToAsync(east, name, ip);
            await Eventually.Holds(
                async () => await AskAsync(client, mirror) == answer,
                TimeSpan.FromSeconds(30),
                () => $"{answer} does not answer in round {round}",
                Cancellation);
            slowest = clock.Elapsed > slowest ? clock.Elapsed : slowest;
        }

        TestContext.Current.SendDiagnosticMessage("endpoint to use, worst of {0}: {1:0} ms", Rounds, slowest.TotalMilliseconds);
        Assert.True(slowest < TimeSpan.FromMilliseconds(500), $"the slowest of {Rounds} took {slowest.TotalMilliseconds:0} ms");
    }

    private static Task LabelAsync(KubernetesClient east, string? value) =>
        east.PatchAsync<Service>("mc-demo", "labelled",
            KubernetesPatch.Merge(new JsonObject
            {
                ["metadata"] = new JsonObject { ["labels"] = new JsonObject { ["mirror.linkerd.io/exported"] = value } },
            }),
            null, Cancellation);

    private static Task PointToAsync(KubernetesClient east, string pod, string ip) =>
        east.PatchAsync<EndpointSlice>("mc-demo", "moving-by-hand",
            KubernetesPatch.Merge(new JsonObject
            {
                ["endpoints"] = new JsonArray(new JsonObject
                {
                    ["addresses"] = new JsonArray(ip),
                    ["conditions"] = new JsonObject { ["ready"] = true },
                    ["targetRef"] = new JsonObject { ["kind"] = "Pod", ["name"] = pod, ["namespace"] = "mc-demo" },
                }),
            }),
            null, Cancellation);

    /// <returns>Who answers: bb wraps its text in JSON.</returns>
    private static async Task<string> AskAsync(HttpClient client, string ip)
    {
        using var response = await client.GetAsync(new Uri($"http://{ip}:8080/"), Cancellation);
        var text = await response.Content.ReadAsStringAsync(Cancellation);
        return response.IsSuccessStatusCode ? (string?)JsonNode.Parse(text)?["payload"] ?? text : $"{response.StatusCode}: {text}";
    }

    private async Task<(string Name, string Ip, string Answer)> ReadyPodAsync(string app)
    {
        await guide.RunAsync($"kubectl --context east -n mc-demo rollout status deploy/{app} --timeout=60s");
        var line = await guide.RunAsync(
            $"kubectl --context east -n mc-demo get pod -l app={app} -o jsonpath='{{.items[0].metadata.name}} {{.items[0].status.podIP}}'");
        return line.Trim().Split(' ') is [var name, var ip] ? (name, ip, app) : throw new InvalidOperationException($"no pod: {line}");
    }
}
