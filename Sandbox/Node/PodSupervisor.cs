using System.Collections.Concurrent;
using System.Text.Json;
using Mesh.Kubernetes.Informers;
using Mesh.Kubernetes.Resources;
using Mesh.Kubernetes.Serialization;

namespace Mesh.Sandbox.Node;

/// <summary>Has one worker for every pod of the node, including those an earlier agent left.</summary>
internal sealed partial class PodSupervisor(PodContext context, Informer<Pod> pods)
{
    private static readonly TimeSpan LogSamplePeriod = TimeSpan.FromMilliseconds(200);
    private readonly ILogger _logger = context.Loggers.CreateLogger<PodSupervisor>();
    private readonly ConcurrentDictionary<string, PodWorker> _workers = new();
    private readonly ConcurrentDictionary<string, Task> _running = new();
    private CancellationToken _stop;

    /// <summary>The newest pod of that name.</summary>
    public PodWorker? Find(string ns, string name) =>
        pods.Get(ns, name) is { } pod ? _workers.GetValueOrDefault(pod.Metadata.Uid!) : null;

    /// <summary>Runs every pod until cancelled; the pods themselves run on.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        _stop = cancellationToken;
        await pods.Synced.WaitAsync(cancellationToken);
        pods.Changed += OnChanged;
        context.Objects.Changed += OnObjectsChanged;
        foreach (var pod in pods.Items)
        {
            Apply(pod);
        }
        RemoveForgotten();
        try
        {
            using var timer = new PeriodicTimer(LogSamplePeriod, context.Time);
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                SampleLogs();
            }
        }
        finally
        {
            pods.Changed -= OnChanged;
            context.Objects.Changed -= OnObjectsChanged;
            await Task.WhenAll(_running.Values);
        }
    }

    private void OnChanged(ResourceChange<Pod> change)
    {
        if (change.New is { } pod && (change.Old is null || change.Old.Metadata.Uid == pod.Metadata.Uid))
        {
            Apply(pod);
            return;
        }
        // Deleted, or deleted and made again under the same name between two looks.
        if (change.Old is { } old && _workers.TryGetValue(old.Metadata.Uid!, out var worker))
        {
            worker.Vanish();
        }
        if (change.New is { } other)
        {
            Apply(other);
        }
    }

    private void OnObjectsChanged(string ns)
    {
        foreach (var worker in _workers.Values.Where(w => w.Namespace == ns))
        {
            worker.RefreshVolumes();
        }
    }

    private void Apply(Pod pod)
    {
        var worker = _workers.GetOrAdd(pod.Metadata.Uid!, _ => new PodWorker(context, pod));
        worker.Update(pod);
        Start(pod.Metadata.Uid!, worker);
    }

    /// <summary>Pods that this node runs and the API does not know any more.</summary>
    private void RemoveForgotten()
    {
        if (!Directory.Exists(context.PodsDirectory))
        {
            return;
        }
        foreach (var directory in Directory.EnumerateDirectories(context.PodsDirectory))
        {
            var uid = Path.GetFileName(directory);
            var file = Path.Combine(directory, "pod.json");
            if (_workers.ContainsKey(uid) || !File.Exists(file) ||
                JsonSerializer.Deserialize<Pod>(File.ReadAllText(file), KubernetesJson.Options) is not { } pod)
            {
                continue;
            }
            LogForgotten($"{pod.Metadata.Namespace}/{pod.Metadata.Name}");
            var worker = _workers.GetOrAdd(uid, _ => new PodWorker(context, pod));
            worker.Vanish();
            Start(uid, worker);
        }
    }

    private void Start(string uid, PodWorker worker) => _running.GetOrAdd(uid, _ => RunAsync(uid, worker));

    private async Task RunAsync(string uid, PodWorker worker)
    {
        await Task.Yield();
        try
        {
            await worker.RunAsync(_stop);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // A bug or a full disk, not the pod's fault: it must not take the node's other pods with it.
            LogFailed(exception, worker.Name);
        }
        if (!_stop.IsCancellationRequested)
        {
            _workers.TryRemove(uid, out _);
            _running.TryRemove(uid, out _);
        }
    }

    private void SampleLogs()
    {
        var now = context.Time.GetUtcNow();
        foreach (var container in _workers.Values.SelectMany(w => w.Containers))
        {
            var view = container.View;
            var log = container.LogPath(view.RestartCount);
            if (view.ContainerId is not null && File.Exists(log))
            {
                try
                {
                    LogTimes.Limit(log);
                    LogTimes.Sample(log, now);
                }
                catch (IOException)
                {
                    // The pod is being removed.
                }
            }
        }
    }

    [LoggerMessage(3031, LogLevel.Information, "Pod {Pod} is no longer in the API: removing it")]
    private partial void LogForgotten(string pod);

    [LoggerMessage(3032, LogLevel.Error, "Pod {Pod} could not be run further")]
    private partial void LogFailed(Exception exception, string pod);
}
