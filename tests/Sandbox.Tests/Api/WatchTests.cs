using System.Text.Json.Nodes;
using Mesh.Sandbox.Api.Json;
using Mesh.Sandbox.Api.Storage;

namespace Mesh.Sandbox.Tests.Api;

public sealed class WatchTests : IAsyncLifetime
{
    private const string ConfigMaps = "/api/v1/namespaces/default/configmaps";
    private TestCluster _cluster = null!;

    public async ValueTask InitializeAsync() => _cluster = await TestCluster.StartAsync();

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task Watch_FromAList_DeliversEveryChangeOnce()
    {
        var revision = (await _cluster.GetAsync(ConfigMaps)).Text("metadata", "resourceVersion");
        await _cluster.CreateAsync(ConfigMaps, """{"metadata":{"name":"a"},"data":{"k":"1"}}""");
        using var reader = await OpenAsync($"resourceVersion={revision}");
        await _cluster.PatchAsync($"{ConfigMaps}/a", """{"data":{"k":"2"}}""");
        await _cluster.DeleteAsync($"{ConfigMaps}/a");

        Assert.Equal("ADDED a 1", await NextAsync(reader));
        Assert.Equal("MODIFIED a 2", await NextAsync(reader));
        Assert.Equal("DELETED a 2", await NextAsync(reader));
    }

    [Fact]
    public async Task Watch_WithoutAVersion_BeginsWithWhatThereIs()
    {
        using var reader = await OpenAsync("fieldSelector=metadata.name%3Dkube-root-ca.crt");

        Assert.StartsWith("ADDED kube-root-ca.crt", await NextAsync(reader), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Watch_ObjectThatStopsMatching_IsDeletedForTheWatcher()
    {
        var revision = (await _cluster.GetAsync(ConfigMaps)).Text("metadata", "resourceVersion");
        using var reader = await OpenAsync($"labelSelector=x%3D1&resourceVersion={revision}");
        await _cluster.CreateAsync(ConfigMaps, """{"metadata":{"name":"a"}}""");
        await _cluster.PatchAsync($"{ConfigMaps}/a", """{"metadata":{"labels":{"x":"1"}}}""");
        await _cluster.PatchAsync($"{ConfigMaps}/a", """{"metadata":{"labels":{"x":"2"}}}""");

        Assert.Equal("ADDED a ", await NextAsync(reader));
        Assert.Equal("DELETED a ", await NextAsync(reader));
    }

    [Fact]
    public async Task Watch_FromAForgottenVersion_EndsWithGone()
    {
        await _cluster.CreateAsync(ConfigMaps, """{"metadata":{"name":"a"},"data":{"k":"0"}}""");
        for (var i = 1; i <= 10_000; i++)
        {
            var copy = _cluster.Operations.Store.Get("configmaps", "default", "a")!.Json.Copy();
            copy.Child("data")["k"] = $"{i}";
            _cluster.Operations.Store.Put("configmaps", copy);
        }
        using var reader = await OpenAsync("resourceVersion=2");
        var change = JsonNode.Parse((await reader.ReadLineAsync(TestContext.Current.CancellationToken))!);

        Assert.Equal("ERROR", change.Text("type"));
        Assert.Equal(410, change.Integer("object", "code"));
        Assert.Equal("Expired", change.Text("object", "reason"));
    }

    [Fact]
    public async Task Watch_WithTimeout_Ends()
    {
        using var reader = await OpenAsync("timeoutSeconds=1&fieldSelector=metadata.name%3Dnobody");

        Assert.Null(await reader.ReadLineAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Watch_WithInitialEvents_MarksTheirEnd()
    {
        using var reader = await OpenAsync("sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan");
        Assert.StartsWith("ADDED", await NextAsync(reader), StringComparison.Ordinal);
        var bookmark = JsonNode.Parse((await reader.ReadLineAsync(TestContext.Current.CancellationToken))!);

        Assert.Equal("BOOKMARK", bookmark.Text("type"));
        Assert.Equal("true", bookmark.Text("object", "metadata", "annotations", "k8s.io/initial-events-end"));
    }

    [Fact]
    public void StoreWatch_ThatFallsBehind_IsCutOff()
    {
        var store = new ResourceStore();
        using var watch = store.Watch("things", 0)!;
        for (var i = 0; i < 20_000; i++)
        {
            store.Put("things", new() { ["metadata"] = new JsonObject { ["name"] = "a" } });
        }
        var read = 0;
        while (watch.TryRead(out _))
        {
            read++;
        }

        Assert.Equal(16384, read);
        Assert.True(watch.WaitAsync(TestContext.Current.CancellationToken) is { IsCompletedSuccessfully: true, Result: false });
    }

    private async Task<StreamReader> OpenAsync(string query)
    {
        var stream = await _cluster.Http.GetStreamAsync($"{ConfigMaps}?watch=true&{query}", TestContext.Current.CancellationToken);
        return new(stream);
    }

    private static async Task<string> NextAsync(StreamReader reader)
    {
        var change = JsonNode.Parse((await reader.ReadLineAsync(TestContext.Current.CancellationToken))!);
        return $"{change.Text("type")} {change.Text("object", "metadata", "name")} {change.Text("object", "data", "k")}";
    }
}
