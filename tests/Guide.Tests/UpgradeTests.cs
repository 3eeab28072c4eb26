using System.Collections.Concurrent;
using System.Net;
using Mesh.Guide.Tests.Fixture;
using Mesh.Testing;

namespace Mesh.Guide.Tests;

/// <summary>Pods that are replaced while traffic flows: the proxies themselves, and an application.</summary>
[Collection(GuideCollection.Name)]
public sealed class UpgradeTests(GuideFixture guide)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task RestartEveryProxy_UnderLoad_NoNewConnectionAndNoRequestFails()
    {
        var mirror = await guide.ClusterIpAsync("west", "bb-target");
        var pod = await guide.SlowCookerNamespaceAsync();
        var before = await guide.SlowCookerAsync();
        // A client that keeps connections replaces one that ended between two requests, as any does.
        using var keeping = PodNetwork.HttpClient(pod, maxConnections: 4);
        using var connecting = PodNetwork.HttpClient(pod, maxConnections: 4);
        connecting.DefaultRequestHeaders.ConnectionClose = true;
        var uri = new Uri($"http://{mirror}:8080/");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var answered = 0;
        var failures = new ConcurrentQueue<string>();
        HttpClient[] clients = [keeping, keeping, connecting, connecting, connecting];
        var load = clients.Select(client => Task.Run(() => LoadAsync(client), Cancellation)).ToList();
        await AdvanceAsync(200);

        foreach (var cluster in (string[])["west", "east"])
        {
            await guide.RunAsync($"kubectl --context {cluster} -n mesh-system rollout restart daemonset/mesh-proxy");
            await guide.RunAsync($"kubectl --context {cluster} -n mesh-system rollout status daemonset/mesh-proxy --timeout=300s");
            await AdvanceAsync(200);
        }
        await stop.CancelAsync();
        await Task.WhenAll(load);

        Assert.Empty(failures);
        var after = await guide.SlowCookerAsync();
        Assert.Equal((before.Bad, before.Failed), (after.Bad, after.Failed));

        async Task LoadAsync(HttpClient client)
        {
            while (!stop.IsCancellationRequested)
            {
                try
                {
                    using var response = await client.GetAsync(uri, Cancellation);
                    if (response.StatusCode == HttpStatusCode.OK)
                    {
                        Interlocked.Increment(ref answered);
                    }
                    else
                    {
                        failures.Enqueue($"{response.StatusCode} {await response.Content.ReadAsStringAsync(Cancellation)}");
                    }
                }
                catch (HttpRequestException failure)
                {
                    failures.Enqueue(failure.ToString());
                }
            }
        }

        async Task AdvanceAsync(int by)
        {
            var from = Volatile.Read(ref answered);
            await Eventually.Holds(
                () => Volatile.Read(ref answered) >= from + by, TimeSpan.FromSeconds(60),
                () => $"{answered - from} of {by} answered, {failures.Count} failed: {string.Join("; ", failures.Take(3))}", Cancellation);
        }
    }
}
