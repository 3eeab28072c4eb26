using System.Collections.Concurrent;
using System.Threading.Channels;
using Mesh.Kubernetes.Configuration;
using Mesh.Kubernetes.Informers;
using Mesh.Kubernetes.Resources;
using Mesh.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mesh.Kubernetes.Tests;

public sealed class InformerTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly ConcurrentQueue<string> _changes = new();
    private Channel<string?> _events = Channel.CreateUnbounded<string?>();
    private volatile string _list = """{"metadata":{"resourceVersion":"10"},"items":[]}""";
    private FakeApiServer _server = null!;
    private KubernetesClient _client = null!;
    private Informer<ConfigMap> _informer = null!;
    private Task _running = Task.CompletedTask;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await FakeApiServer.StartAsync();
        _server.On("GET /api/v1/configmaps", AnswerAsync);
        _client = new KubernetesClient(new ClusterConnection(_server.Address));
        _informer = new Informer<ConfigMap>(_client, null, null, NullLogger.Instance);
        _informer.Changed += _ => throw new InvalidOperationException("a handler's mistake");
        _informer.Changed += c => _changes.Enqueue(
            $"{(c.IsAdded ? "+" : c.IsDeleted ? "-" : "~")}{c.Current.Metadata.Name}@{c.Current.Metadata.ResourceVersion}");
        _informer.ItemUndecodable += u => _changes.Enqueue($"!{u.Name}");
    }

    public async ValueTask DisposeAsync()
    {
        await _informer.DisposeAsync();
        await _running;
        _client.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task RunAsync_WatchFallsSilent_ListsAgain()
    {
        var time = new ManualTimeProvider();
        await using var informer = new Informer<ConfigMap>(_client, null, null, NullLogger.Instance, time);
        _list = List("10", Item("a", 1));
        var running = informer.RunAsync(Token);
        await informer.Synced.WaitAsync(Patience, Token);
        // The change is never told: the watch stays open and says nothing.
        _list = List("12", Item("a", 1), Item("b", 12));

        await Eventually.Holds(
            () =>
            {
                time.Advance(TimeSpan.FromSeconds(30));
                return informer.Items.Count == 2;
            },
            Patience, () => $"it has {informer.Items.Count} objects", Token);

        await informer.DisposeAsync();
        await running;
    }

    [Fact]
    public async Task RunAsync_WatchSaysSomethingNowAndThen_IsNotTakenForDead()
    {
        var time = new ManualTimeProvider();
        await using var informer = new Informer<ConfigMap>(_client, null, null, NullLogger.Instance, time);
        _list = List("10", Item("a", 1));
        var running = informer.RunAsync(Token);
        await informer.Synced.WaitAsync(Patience, Token);
        _list = List("99", Item("z", 99));

        for (var version = 11; version < 18; version++)
        {
            Send("MODIFIED", Item("a", version));
            await Eventually.Holds(
                () => informer.ResourceVersion == $"{version}", Patience, () => $"it is at {informer.ResourceVersion}", Token);
            time.Advance(TimeSpan.FromSeconds(60));
        }

        Assert.Equal("a", Assert.Single(informer.Items).Metadata.Name);
        await informer.DisposeAsync();
        await running;
    }

    [Fact]
    public async Task RunAsync_ListAndWatch_ViewAndChangesFollow()
    {
        _list = List("10", Item("a", 1), Item("b", 2));
        await StartAsync();
        Assert.Equal(2, _informer.Items.Count);
        Send("ADDED", Item("c", 11));
        Send("MODIFIED", Item("a", 12));
        Send("DELETED", Item("b", 13));
        await ChangesAsync("+a@1", "+b@2", "+c@11", "~a@12", "-b@13");
        Assert.Equal(["a", "c"], _informer.Items.Select(i => i.Metadata.Name).Order());
        Assert.Equal("12", _informer.Get("n", "a")!.Metadata.ResourceVersion);
        Assert.Null(_informer.Get("n", "b"));
        Assert.Equal(2, _informer.ByNamespace("n").Count);
        Assert.Empty(_informer.ByNamespace("other"));
    }

    [Fact]
    public async Task ByIndex_ObjectChangesItsKey_IsFoundUnderTheNewOneOnly()
    {
        _list = List("10", Item("a", 1, "red"));
        await StartAsync();
        _informer.AddIndex("colour", m => m.Data.TryGetValue("colour", out var c) ? [c] : []);
        Assert.Single(_informer.ByIndex("colour", "red"));
        Send("MODIFIED", Item("a", 11, "blue"));
        await ChangesAsync("+a@1", "~a@11");
        Assert.Empty(_informer.ByIndex("colour", "red"));
        Assert.Single(_informer.ByIndex("colour", "blue"));
        Assert.Throws<ArgumentException>(() => _informer.ByIndex("size", "x"));
    }

    [Fact]
    public async Task RunAsync_WatchBreaksOff_GoesOnFromTheBookmark()
    {
        await StartAsync();
        Send("BOOKMARK", """{"kind":"ConfigMap","metadata":{"resourceVersion":"42"}}""");
        await Eventually.Holds(() => _informer.ResourceVersion == "42", Patience, () => _informer.ResourceVersion, Token);
        BreakOff();
        Send("ADDED", Item("late", 43));
        await ChangesAsync("+late@43");
        Assert.Contains(_server.Requests, r => r.Query.Contains("watch=true") && r.Query.Contains("resourceVersion=42"));
        Assert.Single(_server.Requests, r => !r.Query.Contains("watch=true"));
        Assert.All(_server.Requests.Where(r => r.Query.Contains("watch")), r => Assert.Contains("allowWatchBookmarks=true", r.Query));
    }

    [Fact]
    public async Task RunAsync_VersionExpiredInMidWatch_ListsAgainAndAnnouncesTheDifference()
    {
        _list = List("10", Item("gone", 1), Item("same", 2), Item("changed", 3));
        await StartAsync();
        _list = List("50", Item("same", 2), Item("changed", 44), Item("new", 45));
        Send("ERROR", """{"kind":"Status","code":410,"reason":"Expired","message":"too old resource version"}""");
        await ChangesAsync("+gone@1", "+same@2", "+changed@3", "-gone@1", "~changed@44", "+new@45");
        Assert.Contains(_server.Requests, r => r.Query.Contains("watch=true") && r.Query.Contains("resourceVersion=50"));
    }

    [Fact]
    public async Task RunAsync_ServerFails_ViewStaysAndFollowsAgainLater()
    {
        _list = List("10", Item("a", 1));
        await StartAsync();
        _server.On("GET /api/v1/configmaps", "{}", 500);
        BreakOff();
        await Eventually.Holds(() => _informer.Error is not null, Patience, () => "no error", Token);
        Assert.Single(_informer.Items);
        _server.On("GET /api/v1/configmaps", AnswerAsync);
        Send("ADDED", Item("b", 11));
        await ChangesAsync("+a@1", "+b@11");
        Assert.Null(_informer.Error);
    }

    [Fact]
    public async Task RunAsync_UndecodableObjects_AreReportedAndTheOthersFollow()
    {
        _list = List("10", Item("a", 1), Item("b", 2), """{"metadata":{"name":"bad","namespace":"n","resourceVersion":"3"},"data":[]}""");
        await StartAsync();
        Send("MODIFIED", """{"metadata":{"name":"b","namespace":"n","resourceVersion":"11"},"data":{"x":[1]}}""");
        Send("ADDED", Item("c", 12));
        await ChangesAsync("!bad", "+a@1", "+b@2", "!b", "-b@2", "+c@12");
        Assert.Equal(["b", "bad"], _informer.Undecodable.Select(u => u.Name).Order());
        Send("MODIFIED", Item("b", 13));
        Send("DELETED", """{"metadata":{"name":"bad","namespace":"n","resourceVersion":"14"},"data":[]}""");
        Send("ADDED", Item("d", 15));
        await ChangesAsync("!bad", "+a@1", "+b@2", "!b", "-b@2", "+c@12", "+b@13", "+d@15");
        Assert.Empty(_informer.Undecodable);
    }

    [Fact]
    public async Task RunAsync_GarbageInTheWatch_GoesOn()
    {
        await StartAsync();
        _events.Writer.TryWrite("not json\n");
        Send("ADDED", Item("a", 11));
        await ChangesAsync("+a@11");
    }

    [Fact]
    public async Task DisposeAsync_Running_EndsTheRunQuietly()
    {
        await StartAsync();
        await _informer.DisposeAsync();
        await _running;
        Assert.True(_running.IsCompletedSuccessfully);
    }

    private static string List(string version, params string[] items) =>
        $$"""{"metadata":{"resourceVersion":"{{version}}"},"items":[{{string.Join(',', items)}}]}""";

    private static string Item(string name, int version, string colour = "red") =>
        $$$"""{"metadata":{"name":"{{{name}}}","namespace":"n","resourceVersion":"{{{version}}}"},"data":{"colour":"{{{colour}}}"}}""";

    private async Task StartAsync()
    {
        _running = _informer.RunAsync(Token);
        await _informer.Synced.WaitAsync(Patience, Token);
    }

    private void Send(string type, string item) => _events.Writer.TryWrite($"{{\"type\":\"{type}\",\"object\":{item}}}\n");

    private void BreakOff()
    {
        var old = _events;
        _events = Channel.CreateUnbounded<string?>();
        old.Writer.TryWrite(null);
    }

    private async Task AnswerAsync(HttpContext context)
    {
        if (!context.Request.Query.ContainsKey("watch"))
        {
            await context.Response.WriteAsync(_list);
            return;
        }
        await context.Response.Body.FlushAsync();
        await foreach (var line in _events.Reader.ReadAllAsync(context.RequestAborted))
        {
            if (line is null)
            {
                context.Abort();
                return;
            }
            await context.Response.WriteAsync(line);
            await context.Response.Body.FlushAsync();
            if (line.Contains("ERROR") || line.StartsWith("not"))
            {
                return;
            }
        }
    }

    private Task ChangesAsync(params string[] expected) => Eventually.Holds(
        () => _changes.SequenceEqual(expected), Patience, () => $"changes are {string.Join(' ', _changes)}", Token);
}
