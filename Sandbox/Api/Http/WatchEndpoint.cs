using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.Sandbox.Api.Json;
using Mesh.Sandbox.Api.Printing;
using Mesh.Sandbox.Api.Storage;
using Mesh.Sandbox.Api.Types;

namespace Mesh.Sandbox.Api.Http;

/// <summary>Streams changes, one JSON document per line, until the client leaves or the time it asked for is over.</summary>
internal sealed class WatchEndpoint
{
    private static readonly TimeSpan BookmarkInterval = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(50);

    private readonly ResourceStore _store;
    private readonly ApiFaults _faults;
    private readonly TimeProvider _time;
    private readonly CancellationToken _stopping;

    /// <param name="store">What is watched.</param>
    /// <param name="faults">Whether watches are to fall silent.</param>
    /// <param name="time">For timeouts and bookmarks.</param>
    /// <param name="stopping">Ends all watches, so that the server can stop.</param>
    public WatchEndpoint(ResourceStore store, ApiFaults faults, TimeProvider time, CancellationToken stopping)
    {
        _store = store;
        _faults = faults;
        _time = time;
        _stopping = stopping;
    }

    public async Task HandleAsync(ApiRequest request, ResourceType type)
    {
        var query = ListQuery.From(request, type);
        var (writer, initial, watch) = Begin(request, type, query);
        using var timeout = new CancellationTokenSource(
            query.TimeoutSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : DefaultTimeout, _time);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(request.Aborted, timeout.Token, _stopping);
        request.Context.Response.ContentType = "application/json";
        request.Context.Response.Headers.CacheControl = "no-cache, private";
        await request.Context.Response.StartAsync(request.Aborted);
        using (watch)
        {
            try
            {
                if (watch is null)
                {
                    await writer.WriteErrorAsync(ApiErrors.Expired($"too old resource version: {query.ResourceVersion} ({_store.Revision})").Status);
                    return;
                }
                foreach (var item in initial)
                {
                    writer.Add("ADDED", item);
                }
                if (query.SendInitialEvents && query.Bookmarks)
                {
                    writer.AddBookmark(initial.Revision, endOfInitialEvents: true);
                }
                await writer.FlushAsync(ended.Token);
                await FollowAsync(request, type, query, writer, watch, ended.Token);
            }
            catch (OperationCanceledException) when (ended.IsCancellationRequested)
            {
                // The client left, its time is over, or the server stops: in each case the stream just ends.
            }
        }
    }

    private (WatchWriter Writer, Initial Items, StoreWatch? Watch) Begin(ApiRequest request, ResourceType type, ListQuery query)
    {
        var writer = new WatchWriter(request, type, _time);
        var revision = query.ResourceVersion is "" or "0"
            ? 0
            : long.TryParse(query.ResourceVersion, out var parsed)
                ? parsed
                : throw ApiErrors.BadRequest($"Invalid value: \"{query.ResourceVersion}\": strconv.ParseUint: parsing \"{query.ResourceVersion}\": invalid syntax");
        return _store.Atomically(() =>
        {
            if (revision > 0 && !query.SendInitialEvents)
            {
                return (writer, new Initial([], revision), _store.Watch(type.Key, revision));
            }
            var items = _store.List(type.Key, type.Namespaced ? request.Target.Namespace : null, out var current).FindAll(query.Matches);
            return (writer, new Initial(items, current), _store.Watch(type.Key, current));
        });
    }

    private async Task FollowAsync(
        ApiRequest request, ResourceType type, ListQuery query, WatchWriter writer, StoreWatch watch, CancellationToken cancellationToken)
    {
        var ns = type.Namespaced ? request.Target.Namespace : null;
        var lastBookmark = _time.GetTimestamp();
        while (true)
        {
            using var idle = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            idle.CancelAfter(BookmarkInterval);
            try
            {
                if (!await watch.WaitAsync(idle.Token))
                {
                    return;
                }
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // Nothing happened for a while, which is when a bookmark is due.
            }
            if (_faults.WatchesStall)
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, _time, cancellationToken);
            }
            while (watch.TryRead(out var change))
            {
                if (ns is null || change.Object.Namespace == ns)
                {
                    Deliver(query, writer, change);
                }
            }
            if (query.Bookmarks && _time.GetElapsedTime(lastBookmark) >= BookmarkInterval && _store.DrainedRevision(watch) is { } revision)
            {
                writer.AddBookmark(revision);
                lastBookmark = _time.GetTimestamp();
            }
            await writer.FlushAsync(cancellationToken);
        }
    }

    /// <summary>An object that begins or ceases to match a selector appears or disappears for this watcher.</summary>
    private static void Deliver(ListQuery query, WatchWriter writer, StoreEvent change)
    {
        var now = change.Type != StoreEventType.Deleted && query.Matches(change.Object);
        var before = change.Previous is not null && query.Matches(change.Previous);
        if (now)
        {
            writer.Add(before ? "MODIFIED" : "ADDED", change.Object);
        }
        else if (before)
        {
            writer.Add("DELETED", change.Type == StoreEventType.Deleted ? change.Object : WithRevision(change.Previous!, change.Revision));
        }
    }

    private static StoredObject WithRevision(StoredObject item, long revision)
    {
        var copy = item.Json.Copy();
        copy.Child("metadata")["resourceVersion"] = revision.ToString();
        return new(copy, revision);
    }

    private sealed record Initial(List<StoredObject> Items, long Revision)
    {
        public List<StoredObject>.Enumerator GetEnumerator() => Items.GetEnumerator();
    }
}
