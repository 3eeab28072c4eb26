using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.Kubernetes;
using Mesh.Kubernetes.Resources;
using Mesh.Kubernetes.Serialization;
using Mesh.Sandbox.Network;

namespace Mesh.Sandbox.Node;

/// <summary>
/// The life of one pod on this node: network sandbox, volumes, containers, status, and its end. Cancelling the run leaves the pod running,
/// for the next agent to take over.
/// </summary>
internal sealed partial class PodWorker
{
    private static readonly TimeSpan SandboxRetry = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestSandboxRetry = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan PublishRetry = TimeSpan.FromMilliseconds(500);
    private const long DefaultGraceSeconds = 30;
    private readonly PodContext _context;
    private readonly ILogger _logger;
    private readonly PodSandbox _sandbox;
    private readonly IReadOnlyList<ContainerWorker> _initContainers;
    private readonly IReadOnlyList<ContainerWorker> _containers;
    private readonly CancellationTokenSource _terminate = new();
    private readonly CancellationTokenSource _force = new();
    private readonly SemaphoreSlim _changed = new(1);
    private readonly SemaphoreSlim _refreshVolumes = new(0);
    private volatile Pod _pod;
    private volatile IReadOnlyList<IPAddress> _addresses = [];
    private volatile bool _vanished;
    private PodStatus _published;
    private TimeSpan _grace = TimeSpan.FromSeconds(DefaultGraceSeconds);

    public PodWorker(PodContext context, Pod pod)
    {
        _context = context;
        _pod = pod;
        _published = pod.Status;
        _logger = context.Loggers.CreateLogger<PodWorker>();
        _sandbox = new PodSandbox(
            context.Cni,
            new PodIdentity(pod.Metadata.Namespace!, pod.Metadata.Name, pod.Metadata.Uid!, SandboxPlan.PodNamespace(context.Plan.Prefix, pod.Metadata.Uid!)),
            context.PodDirectory(pod.Metadata.Uid!));
        _initContainers = [.. pod.Spec.InitContainers.Select(c => new ContainerWorker(context, () => _pod, c, Changed))];
        _containers = [.. pod.Spec.Containers.Select(c => new ContainerWorker(context, () => _pod, c, Changed))];
    }

    private enum Outcome
    {
        Ended,
        Detached,
    }

    public string Name => $"{_pod.Metadata.Namespace}/{_pod.Metadata.Name}";

    public string Namespace => _pod.Metadata.Namespace!;

    /// <summary>The pod in the API is different now.</summary>
    public void Update(Pod pod)
    {
        _pod = pod;
        if (pod.Metadata.DeletionTimestamp is not null)
        {
            var grace = pod.Metadata.DeletionGracePeriodSeconds ?? pod.Spec.TerminationGracePeriodSeconds ?? DefaultGraceSeconds;
            Terminate(TimeSpan.FromSeconds(grace));
        }
        RefreshVolumes();
        Changed();
    }

    /// <summary>The pod is gone from the API: it is not to run any longer.</summary>
    public void Vanish()
    {
        _vanished = true;
        Terminate(TimeSpan.Zero);
    }

    /// <summary>A ConfigMap or Secret of the pod's namespace changed.</summary>
    public void RefreshVolumes() => _refreshVolumes.Release();

    /// <summary>The worker of a container; null when the pod has none of that name.</summary>
    public ContainerWorker? Container(string name) =>
        _containers.Concat(_initContainers).FirstOrDefault(c => c.View.Spec.Name == name);

    public IEnumerable<ContainerWorker> Containers => _containers.Concat(_initContainers);

    /// <summary>Runs until the pod has been removed, or until cancelled, which leaves it running.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var publishing = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var publisher = PublishLoopAsync(publishing.Token);
        try
        {
            if (await LiveAsync(cancellationToken) == Outcome.Ended)
            {
                await RemoveAsync(cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The agent ends; the pod does not.
        }
        finally
        {
            await publishing.CancelAsync();
            await publisher;
        }
    }

    private async Task<Outcome> LiveAsync(CancellationToken cancellationToken)
    {
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _terminate.Token);
        Task? refreshing = null;
        try
        {
            SavePod();
            foreach (var container in Containers)
            {
                container.Restore();
            }
            if (_pod.Metadata.DeletionTimestamp is null && _pod.Status.Phase is not ("Succeeded" or "Failed"))
            {
                _addresses = await NetworkAsync(linked.Token);
                Changed();
                var volumes = await VolumesAsync(_addresses[0], linked.Token);
                refreshing = RefreshLoopAsync(volumes, linked.Token);
                await RunContainersAsync(volumes, _addresses[0], linked.Token);
            }
            // Finished pods stay until somebody deletes them.
            await Task.Delay(Timeout.InfiniteTimeSpan, _context.Time, linked.Token);
        }
        catch (OperationCanceledException) when (linked.IsCancellationRequested)
        {
            // Told to end, or the agent ends.
        }
        if (refreshing is not null)
        {
            await refreshing;
        }
        return cancellationToken.IsCancellationRequested ? Outcome.Detached : Outcome.Ended;
    }

    private async Task<IReadOnlyList<IPAddress>> NetworkAsync(CancellationToken cancellationToken)
    {
        if (_pod.Spec.HostNetwork == true)
        {
            return _context.Node.Address6 is { } second ? [_context.Node.Address, second] : [_context.Node.Address];
        }
        if (_sandbox.Existing() is { } existing)
        {
            return existing;
        }
        var wait = SandboxRetry;
        while (true)
        {
            try
            {
                return await _sandbox.CreateAsync(cancellationToken);
            }
            catch (SandboxException exception)
            {
                LogSandboxFailed(Name, exception.Message);
                _context.Events.Warning(_pod, "FailedCreatePodSandBox", $"Failed to create pod sandbox: {exception.Message}");
                await Task.Delay(wait, _context.Time, cancellationToken);
                wait = wait * 2 < LongestSandboxRetry ? wait * 2 : LongestSandboxRetry;
            }
        }
    }

    private async Task<PodVolumes> VolumesAsync(IPAddress address, CancellationToken cancellationToken)
    {
        var volumes = new PodVolumes(
            _pod, Path.Combine(_context.PodDirectory(_pod.Metadata.Uid!), "volumes"), _context.Node.Directory, address.ToString(),
            _context.NodeAddress, _context.Objects, _context.Tokens, _context.Time);
        while (true)
        {
            try
            {
                volumes.Update(_pod);
                await volumes.WriteAsync(cancellationToken);
                return volumes;
            }
            catch (Exception exception) when (exception is ContainerConfigException || ApiFailures.IsExpected(exception))
            {
                _context.Events.Warning(_pod, "FailedMount", $"MountVolume.SetUp failed: {exception.Message}");
                // What is missing may appear at any moment, and then a change is announced.
                await _refreshVolumes.WaitAsync(TimeSpan.FromSeconds(1), cancellationToken);
            }
        }
    }

    private async Task RefreshLoopAsync(PodVolumes volumes, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await _refreshVolumes.WaitAsync(volumes.NextRefresh, cancellationToken);
                try
                {
                    volumes.Update(_pod);
                    await volumes.WriteAsync(cancellationToken);
                }
                catch (Exception exception) when (exception is ContainerConfigException || ApiFailures.IsExpected(exception))
                {
                    // The old contents stay, as on a real node; tried again at the next change.
                    LogRefreshFailed(Name, exception.Message);
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The pod ends.
        }
    }

    private async Task RunContainersAsync(PodVolumes volumes, IPAddress address, CancellationToken cancellationToken)
    {
        var policy = _pod.Spec.RestartPolicy ?? "Always";
        // Sidecars run beside everything that follows, and end with the pod.
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var sidecars = new List<Task>();
        try
        {
            if (await RunInitContainersAsync(sidecars, policy, volumes, address, ending.Token))
            {
                await Task.WhenAll(_containers.Select(c => c.RunAsync(policy, volumes, address, cancellationToken)));
                await Task.WhenAll(_initContainers.Where(c => c.View.Spec.RestartPolicy == "Always").Select(c => c.StopAsync(_grace, _force.Token)));
            }
        }
        finally
        {
            await ending.CancelAsync();
            try
            {
                await Task.WhenAll(sidecars);
            }
            catch (OperationCanceledException) when (ending.IsCancellationRequested)
            {
                // That is how they end.
            }
        }
    }

    /// <summary>Returns whether all of them did their work.</summary>
    private async Task<bool> RunInitContainersAsync(
        List<Task> sidecars, string policy, PodVolumes volumes, IPAddress address, CancellationToken cancellationToken)
    {
        foreach (var init in _initContainers)
        {
            if (init.View.Spec.RestartPolicy == "Always")
            {
                sidecars.Add(init.RunAsync("Always", volumes, address, cancellationToken));
                await WaitForAsync(() => init.View.Started, cancellationToken);
                continue;
            }
            await init.RunAsync(policy == "Never" ? "Never" : "OnFailure", volumes, address, cancellationToken);
            if (init.View.Ended is { ExitCode: not 0 })
            {
                return false;
            }
        }
        return true;
    }

    private async Task WaitForAsync(Func<bool> condition, CancellationToken cancellationToken)
    {
        while (!condition())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), _context.Time, cancellationToken);
        }
    }

    private void Terminate(TimeSpan grace)
    {
        _grace = grace < _grace || !_terminate.IsCancellationRequested ? grace : _grace;
        if (grace <= TimeSpan.Zero)
        {
            _force.Cancel();
        }
        _terminate.Cancel();
    }

    private async Task RemoveAsync(CancellationToken cancellationToken)
    {
        Changed();
        await Task.WhenAll(Containers.Select(c => c.StopAsync(_grace, _force.Token)));
        if (_pod.Spec.HostNetwork != true && await _sandbox.DeleteAsync() is { } problem)
        {
            LogSandboxRemoval(Name, problem);
        }
        if (!_vanished)
        {
            await DeleteFromApiAsync(cancellationToken);
        }
        Remove(_context.PodDirectory(_pod.Metadata.Uid!));
        Remove(_context.LogDirectory(_pod.Metadata.Namespace!, _pod.Metadata.Name, _pod.Metadata.Uid!));
    }

    private static void Remove(string directory)
    {
        if (Directory.Exists(directory))
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private async Task DeleteFromApiAsync(CancellationToken cancellationToken)
    {
        while (!_vanished)
        {
            try
            {
                await _context.Client.DeleteAsync<Pod>(
                    _pod.Metadata.Namespace, _pod.Metadata.Name, new DeleteOptions(GracePeriodSeconds: 0, Uid: _pod.Metadata.Uid), cancellationToken);
                return;
            }
            catch (KubernetesException exception) when (exception.IsNotFound || exception.IsConflict)
            {
                // Gone, or another pod of that name has taken its place.
                return;
            }
            catch (Exception exception) when (ApiFailures.IsExpected(exception))
            {
                LogDeleteFailed(Name, exception.Message);
                await Task.Delay(PublishRetry, _context.Time, cancellationToken);
            }
        }
    }

    private void Changed()
    {
        if (_changed.CurrentCount == 0)
        {
            _changed.Release();
        }
    }

    private async Task PublishLoopAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await _changed.WaitAsync(cancellationToken);
                while (!await TryPublishAsync(cancellationToken))
                {
                    await Task.Delay(PublishRetry, _context.Time, cancellationToken);
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The pod or the agent ends.
        }
    }

    private async Task<bool> TryPublishAsync(CancellationToken cancellationToken)
    {
        // A finished pod that this agent only knows from the API keeps the status it has.
        if (_vanished || _addresses.Count == 0 && _pod.Status.Phase is "Succeeded" or "Failed")
        {
            return true;
        }
        var status = PodStatusBuilder.Build(
            _pod, _addresses, _context.NodeAddress, [.. _initContainers.Select(c => c.View)], [.. _containers.Select(c => c.View)],
            WithForeignConditions(), _context.Time.GetUtcNow());
        var json = JsonSerializer.SerializeToNode(status, KubernetesJson.Options)!;
        if (JsonNode.DeepEquals(json, JsonSerializer.SerializeToNode(_published, KubernetesJson.Options)))
        {
            return true;
        }
        try
        {
            await _context.Client.PatchAsync<Pod>(
                _pod.Metadata.Namespace, _pod.Metadata.Name,
                KubernetesPatch.Merge(new JsonObject { ["metadata"] = new JsonObject { ["uid"] = _pod.Metadata.Uid }, ["status"] = json }),
                new PatchOptions(Subresource: "status"), cancellationToken);
            _published = status;
            return true;
        }
        catch (KubernetesException exception) when (exception.IsNotFound || exception.IsConflict)
        {
            // Gone, or another pod of that name.
            return true;
        }
        catch (Exception exception) when (ApiFailures.IsExpected(exception))
        {
            LogPublishFailed(Name, exception.Message);
            return false;
        }
    }

    /// <summary>What others write into the status (readiness gates) is kept as they last wrote it.</summary>
    private PodStatus WithForeignConditions()
    {
        string[] own = ["Initialized", "Ready", "ContainersReady", "PodScheduled"];
        return _published with
        {
            Conditions = [.. _published.Conditions.Where(c => own.Contains(c.Type)), .. _pod.Status.Conditions.Where(c => !own.Contains(c.Type))],
        };
    }

    /// <summary>Lets a later agent remove the pod even when the API has forgotten it.</summary>
    private void SavePod()
    {
        var directory = _context.PodDirectory(_pod.Metadata.Uid!);
        Directory.CreateDirectory(directory);
        File.WriteAllText(Path.Combine(directory, "pod.json.tmp"), JsonSerializer.Serialize(_pod, KubernetesJson.Options));
        File.Move(Path.Combine(directory, "pod.json.tmp"), Path.Combine(directory, "pod.json"), overwrite: true);
    }

    [LoggerMessage(3011, LogLevel.Warning, "Pod {Pod}: sandbox not created, trying again: {Problem}")]
    private partial void LogSandboxFailed(string pod, string problem);

    [LoggerMessage(3012, LogLevel.Warning, "Pod {Pod}: network not removed cleanly: {Problem}")]
    private partial void LogSandboxRemoval(string pod, string problem);

    [LoggerMessage(3013, LogLevel.Warning, "Pod {Pod}: volumes keep their old contents: {Problem}")]
    private partial void LogRefreshFailed(string pod, string problem);

    [LoggerMessage(3014, LogLevel.Warning, "Pod {Pod}: not deleted from the API, trying again: {Problem}")]
    private partial void LogDeleteFailed(string pod, string problem);

    [LoggerMessage(3015, LogLevel.Warning, "Pod {Pod}: status not written, trying again: {Problem}")]
    private partial void LogPublishFailed(string pod, string problem);
}
