using Mesh.Kubernetes.Resources;
using Microsoft.Extensions.Logging;

namespace Mesh.Kubernetes.Informers;

/// <summary>
/// A view of all objects of one kind that follows the API server: it lists, then watches, lists again when the server no longer knows the
/// version, and backs off with jitter when the server cannot be reached (the view then stays as it was). Reading is safe from
/// any thread at any time; changes are announced one at a time from the informer's own loop, after the view has them.
/// </summary>
public sealed partial class Informer<T> : IAsyncDisposable
    where T : class, IKubernetesResource<T>
{
    private static readonly TimeSpan ShortestBackoff = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestBackoff = TimeSpan.FromSeconds(10);

    /// <summary>
    /// API servers send a bookmark about once a minute when nothing changes. A watch that is quieter than this is taken for dead, although
    /// its connection may answer pings.
    /// </summary>
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(90);

    private readonly KubernetesClient _client;
    private readonly string? _namespace;
    private readonly ListOptions _options;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly InformerStore<T> _store = new();
    private readonly TaskCompletionSource _synced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stop = new();
    private int _running;
    private volatile string _resourceVersion = "";
    private volatile string? _error;

    /// <param name="client">Stays the caller's.</param>
    /// <param name="ns">Null: all namespaces.</param>
    /// <param name="options">Label and field selectors; the rest is the informer's business.</param>
    /// <param name="logger">Hears of errors and of objects that cannot be read.</param>
    /// <param name="time">Null: the system's.</param>
    public Informer(KubernetesClient client, string? ns, ListOptions? options, ILogger logger, TimeProvider? time = null)
    {
        _client = client;
        _namespace = ns;
        _options = new ListOptions { LabelSelector = options?.LabelSelector, FieldSelector = options?.FieldSelector };
        _logger = logger;
        _time = time ?? TimeProvider.System;
    }

    /// <summary>Every change, in order. A handler that throws is logged; the others and the informer go on.</summary>
    public event Action<ResourceChange<T>>? Changed;

    /// <summary>An object that cannot be read appeared or changed. It is not in the view; what the view had of it is gone.</summary>
    public event Action<UndecodableResource>? ItemUndecodable;

    /// <summary>Done when the first list is in the view and announced.</summary>
    public Task Synced => _synced.Task;

    /// <summary>All objects at this moment.</summary>
    public IReadOnlyCollection<T> Items => _store.Items;

    /// <summary>Objects that are there but cannot be read.</summary>
    public IReadOnlyCollection<UndecodableResource> Undecodable => _store.Undecodable;

    /// <summary>The newest version the view has seen; empty before the first list.</summary>
    public string ResourceVersion => _resourceVersion;

    /// <summary>Why the view may be behind just now; null while the watch stands.</summary>
    public string? Error => _error;

    /// <param name="ns">Null or empty for kinds without a namespace.</param>
    /// <param name="name">The object's name.</param>
    public T? Get(string? ns, string name) => _store.Get(ns, name);

    public IReadOnlyList<T> ByNamespace(string ns) => _store.ByIndex(InformerStore<T>.NamespaceIndex, ns);

    /// <summary>Keeps objects findable by keys made from them; may be called at any time. The function must be pure.</summary>
    public void AddIndex(string name, Func<T, IEnumerable<string>> keys) => _store.AddIndex(name, keys);

    /// <exception cref="ArgumentException">There is no such index.</exception>
    public IEnumerable<T> ByIndex(string name, string key) => _store.ByIndex(name, key);

    /// <summary>Follows the API server until cancelled, then returns. To be called once.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _running, 1) != 0)
        {
            throw new InvalidOperationException($"The informer of {T.Definition.Plural} runs already, or has been disposed.");
        }
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stop.Token);
        try
        {
            await FollowAsync(linked.Token);
        }
        catch (OperationCanceledException) when (linked.IsCancellationRequested)
        {
            // Asked to stop.
        }
        finally
        {
            _synced.TrySetCanceled(CancellationToken.None);
            _ended.TrySetResult();
        }
    }

    /// <summary>Stops a running informer and waits for it.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        if (Interlocked.Exchange(ref _running, 1) != 0)
        {
            await _ended.Task;
        }
        _synced.TrySetCanceled(CancellationToken.None);
    }

    private async Task FollowAsync(CancellationToken cancellationToken)
    {
        var backoff = ShortestBackoff;
        var mustList = true;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var started = _time.GetTimestamp();
            try
            {
                if (mustList)
                {
                    await ListAsync(cancellationToken);
                    mustList = false;
                }
                if (!await WatchAsync(cancellationToken))
                {
                    LogSilent(T.Definition.Plural, LongestSilence.TotalSeconds);
                    mustList = true;
                    continue;
                }
                if (_time.GetElapsedTime(started) >= TimeSpan.FromSeconds(1))
                {
                    // The server ends watches every few minutes: go on at once.
                    backoff = ShortestBackoff;
                    continue;
                }
            }
            catch (KubernetesException e) when (e.IsExpired)
            {
                LogExpired(T.Definition.Plural);
                mustList = true;
            }
            catch (Exception e) when (e is KubernetesException or HttpRequestException or TimeoutException or IOException
                or Configuration.KubernetesConfigurationException)
            {
                _error = e.Message;
                LogInterrupted(T.Definition.Plural, e.Message, backoff.TotalSeconds);
            }
            if (_time.GetElapsedTime(started) >= LongestBackoff)
            {
                backoff = ShortestBackoff;
            }
            await Task.Delay(backoff * (0.5 + Random.Shared.NextDouble()), _time, cancellationToken);
            backoff = backoff * 2 < LongestBackoff ? backoff * 2 : LongestBackoff;
        }
    }

    private async Task ListAsync(CancellationToken cancellationToken)
    {
        var list = await _client.ListAllAsync<T>(_namespace, _options, cancellationToken);
        var changes = _store.Replace(list, out var undecodable);
        _resourceVersion = list.ResourceVersion;
        _error = null;
        foreach (var item in undecodable)
        {
            Announce(item);
        }
        foreach (var change in changes)
        {
            Announce(change);
        }
        if (_synced.TrySetResult())
        {
            LogSynced(T.Definition.Plural, list.Items.Count);
        }
    }

    /// <returns>False when it fell silent; true when the server ended it.</returns>
    private async Task<bool> WatchAsync(CancellationToken cancellationToken)
    {
        using var silence = new CancellationTokenSource(LongestSilence, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(silence.Token, cancellationToken);
        try
        {
            await WatchAsync(silence, either.Token);
            return true;
        }
        catch (OperationCanceledException) when (silence.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    private async Task WatchAsync(CancellationTokenSource silence, CancellationToken cancellationToken)
    {
        var options = _options with
        {
            ResourceVersion = _resourceVersion,
            AllowWatchBookmarks = true,
            TimeoutSeconds = Random.Shared.Next(300, 600),
        };
        await foreach (var change in _client.WatchAsync<T>(_namespace, options, cancellationToken))
        {
            _error = null;
            silence.CancelAfter(LongestSilence);
            var announced = change switch
            {
                { Type: WatchEventType.Bookmark } => null,
                { Type: WatchEventType.Deleted, Object: { } gone } => _store.Remove(gone.Metadata.Namespace, gone.Metadata.Name, gone),
                { Undecodable: { } broken } => Undecoded(change.Type, broken),
                { Object: { } resource } => _store.Set(resource),
                _ => null,
            };
            if (announced is not null)
            {
                Announce(announced);
            }
            if (change.ResourceVersion.Length > 0)
            {
                _resourceVersion = change.ResourceVersion;
            }
        }
    }

    private ResourceChange<T>? Undecoded(WatchEventType type, UndecodableResource broken)
    {
        if (type == WatchEventType.Deleted)
        {
            return _store.Remove(broken.Namespace, broken.Name, null);
        }
        var change = _store.SetUndecodable(broken);
        Announce(broken);
        return change;
    }

    private void Announce(ResourceChange<T> change)
    {
        foreach (var handler in Changed?.GetInvocationList() ?? [])
        {
            try
            {
                ((Action<ResourceChange<T>>)handler)(change);
            }
            catch (Exception e)
            {
                LogHandlerFailed(e, T.Definition.Kind, change.Current.Metadata.Namespace, change.Current.Metadata.Name);
            }
        }
    }

    private void Announce(UndecodableResource item)
    {
        LogUndecodable(T.Definition.Kind, item.Namespace, item.Name, item.Error);
        foreach (var handler in ItemUndecodable?.GetInvocationList() ?? [])
        {
            try
            {
                ((Action<UndecodableResource>)handler)(item);
            }
            catch (Exception e)
            {
                LogHandlerFailed(e, T.Definition.Kind, item.Namespace, item.Name);
            }
        }
    }
}
