using System.Collections.Concurrent;
using System.Net;
using System.Text.RegularExpressions;
using Mesh.Guide.Tests.Fixture;
using Mesh.Testing;

namespace Mesh.Guide.Tests;

/// <summary>What breaks, and what must not break with it.</summary>
[Collection(GuideCollection.Name)]
public sealed class FaultTests(GuideFixture guide)
{
    private const string SiloProgram = "Mesh.Silo.dll";

    private static readonly TimeSpan Recovery = TimeSpan.FromSeconds(90);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task KillEverySilo_WhileSlowCookerRuns_NotOneRequestFailsAndChangesFlowAgain()
    {
        var before = await guide.SlowCookerAsync();
        var silos = guide.Processes.Running(SiloProgram);
        Assert.True(silos.Count >= 2, $"one silo in each cluster was expected, {silos.Count} run");

        SandboxProcesses.Kill(silos);

        // Ten requests a second: traffic for three seconds with no control plane anywhere, then through its return.
        await SlowCookerAdvancesAsync(before.Good, by: 30);
        await EverySiloIsReadyAsync();
        await guide.RunAsync("kubectl --context east apply -f -", EchoService.Service("after-the-kill"));
        await guide.ClusterIpAsync("west", "after-the-kill-target");
        var after = await SlowCookerAdvancesAsync((await guide.SlowCookerAsync()).Good, by: 30);
        Assert.Equal((before.Bad, before.Failed), (after.Bad, after.Failed));
    }

    [Fact]
    public async Task KillOneOfTwoSilos_ItsGrainsGoOnInTheOther()
    {
        await guide.RunAsync("kubectl --context east -n mesh-system scale statefulset/mesh-silo --replicas=2");
        await guide.RunAsync("kubectl --context east -n mesh-system rollout status statefulset/mesh-silo --timeout=60s");
        var first = (await guide.RunAsync(
            "kubectl --context east -n mesh-system get pod mesh-silo-0 -o jsonpath='{.status.podIP}'")).Trim();

        SandboxProcesses.Kill(guide.Processes.Running(SiloProgram, guide.Processes.NamespaceOf(first)));

        await guide.RunAsync("kubectl --context east apply -f -", EchoService.Service("after-one-kill"));
        await guide.ClusterIpAsync("west", "after-one-kill-target");
        await guide.RunAsync("kubectl --context east -n mesh-system scale statefulset/mesh-silo --replicas=1");
        await EverySiloIsReadyAsync();
        await guide.RunAsync("kubectl --context east apply -f -", EchoService.Service("after-the-shrink"));
        await guide.ClusterIpAsync("west", "after-the-shrink-target");
    }

    [Fact]
    public async Task KillAServersPod_TwoReplicas_OnlyRequestsInFlightOnItFail()
    {
        const int Clients = 4;
        await guide.RunAsync("kubectl --context east apply -f -",
            EchoService.Deployment("twins", replicas: 2) + EchoService.Service("twins"));
        await guide.RunAsync("kubectl --context east -n mc-demo rollout status deploy/twins --timeout=60s");
        var mirror = await guide.ClusterIpAsync("west", "twins-target");
        using var client = PodNetwork.HttpClient(await guide.SlowCookerNamespaceAsync(), Clients);
        var uri = new Uri($"http://{mirror}:8080/");
        await Eventually.Holds(
            async () => await StatusAsync(client, uri) == HttpStatusCode.OK, TimeSpan.FromSeconds(30), () => "twins-target does not answer",
            Cancellation);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var answered = 0;
        var failures = new ConcurrentQueue<string>();
        var load = Enumerable.Range(0, Clients).Select(_ => Task.Run(LoadAsync, Cancellation)).ToList();
        await Eventually.Holds(() => Volatile.Read(ref answered) > 200, TimeSpan.FromSeconds(30), () => $"{answered} answered", Cancellation);

        // West knows of both only when both are asked.
        await guide.UntilAsync(
            "mesh --context east viz stat -n mc-demo po",
            text => Regex.Count(text, @"^twins-.*% +(?!0\.0)[0-9.]+rps", RegexOptions.Multiline) == 2);
        var victim = (await guide.RunAsync(
            "kubectl --context east -n mc-demo get pod -l app=twins -o jsonpath='{.items[0].status.podIP}'")).Trim();
        SandboxProcesses.Kill(guide.Processes.Running("bb", guide.Processes.NamespaceOf(victim)));

        var atKill = Volatile.Read(ref answered);
        await Eventually.Holds(
            () => Volatile.Read(ref answered) > atKill + 1000, TimeSpan.FromSeconds(60), () => $"{answered - atKill} answered since", Cancellation);
        await stop.CancelAsync();
        await Task.WhenAll(load);
        Assert.True(
            failures.Count <= Clients,
            $"{failures.Count} requests failed; at most {Clients} were in flight. {string.Join("; ", failures.Distinct().Take(5))}");

        async Task LoadAsync()
        {
            while (!stop.IsCancellationRequested)
            {
                try
                {
                    using var response = await client.GetAsync(uri, Cancellation);
                    if (response.StatusCode == HttpStatusCode.OK)
                    {
                        Interlocked.Increment(ref answered);
                        continue;
                    }
                    failures.Enqueue($"{response.StatusCode}: {await response.Content.ReadAsStringAsync(Cancellation)}");
                }
                catch (HttpRequestException e)
                {
                    failures.Enqueue(e.ToString());
                }
            }
        }
    }

    [Fact]
    public async Task CutBetweenTheClusters_RequestsAreAnsweredWithTheReasonAndHealWithoutHelp()
    {
        var mirror = await guide.ClusterIpAsync("west", "bb-target");
        using var client = PodNetwork.HttpClient(await guide.SlowCookerNamespaceAsync());
        var uri = new Uri($"http://{mirror}:8080/");
        await Eventually.Holds(
            async () => await StatusAsync(client, uri) == HttpStatusCode.OK, TimeSpan.FromSeconds(30), () => "bb-target does not answer",
            Cancellation);

        await guide.RunAsync($"mesh sandbox cut east west {guide.SandboxOptions}");
        try
        {
            // The first request finds out, within 10 seconds; those after it are told at once.
            using var first = await client.GetAsync(uri, Cancellation).WaitAsync(TimeSpan.FromSeconds(10), Cancellation);
            using var second = await client.GetAsync(uri, Cancellation).WaitAsync(TimeSpan.FromSeconds(2), Cancellation);
            Assert.Contains(first.StatusCode, (HttpStatusCode[])[HttpStatusCode.ServiceUnavailable, HttpStatusCode.GatewayTimeout]);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, second.StatusCode);
            Assert.Contains("bb-target", string.Concat(second.Headers.GetValues("l5d-proxy-error")), StringComparison.Ordinal);
        }
        finally
        {
            await guide.RunAsync($"mesh sandbox heal {guide.SandboxOptions}");
        }
        await Eventually.Holds(
            async () => await StatusAsync(client, uri) == HttpStatusCode.OK, TimeSpan.FromSeconds(30), () => "bb-target does not answer",
            Cancellation);
        await guide.RunAsync("kubectl --context east apply -f -", EchoService.Service("after-the-cut"));
        await guide.ClusterIpAsync("west", "after-the-cut-target");
        await guide.SlowCookerSettlesAsync();
    }

    private static async Task<HttpStatusCode?> StatusAsync(HttpClient client, Uri uri)
    {
        try
        {
            using var response = await client.GetAsync(uri, Cancellation);
            return response.StatusCode;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    private async Task<Cli.Demo.SlowCookerReport> SlowCookerAdvancesAsync(long from, int by)
    {
        var report = await guide.SlowCookerAsync();
        await Eventually.Holds(
            async () => (report = await guide.SlowCookerAsync()).Good >= from + by,
            TimeSpan.FromSeconds(60),
            () => $"slow-cooker says {report}, and was at {from}",
            Cancellation);
        return report;
    }

    private async Task EverySiloIsReadyAsync()
    {
        foreach (var cluster in (string[])["east", "west"])
        {
            await guide.UntilAsync(
                $"kubectl --context {cluster} -n mesh-system get statefulset mesh-silo -o jsonpath='{{.status.readyReplicas}}/{{.spec.replicas}}'",
                text => text.Trim().Split('/') is [var ready, var wanted] && ready == wanted,
                Recovery);
        }
    }
}
