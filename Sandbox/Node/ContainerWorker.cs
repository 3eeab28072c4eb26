using System.Collections.Immutable;
using System.Net;
using Mesh.Kubernetes.Resources;
using Mesh.Sandbox.Network;

namespace Mesh.Sandbox.Node;

/// <summary>
/// The life of one container of a pod: starts, probed, ends, starts again as the restart policy says. Cancelling leaves the process
/// running (the agent may come back and take it over); <see cref="StopAsync"/> ends it.
/// </summary>
internal sealed class ContainerWorker
{
    private const int Sigkill = 9;
    private const int Sigterm = 15;
    private const int SetupFailedExitCode = 128;
    private static readonly TimeSpan ConfigRetry = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ImageRetry = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestImageRetry = TimeSpan.FromMinutes(5);
    private readonly PodContext _context;
    private readonly Func<Pod> _pod;
    private readonly Container _spec;
    private readonly string _directory;
    private readonly string _logDirectory;
    private readonly Action _changed;
    private readonly RestartBackoff _backoff = new();
    private readonly Lock _lock = new();
    private ContainerView _view;
    private ContainerProcess? _process;
    private ContainerRecord? _record;
    private IReadOnlyDictionary<string, string> _environment = new Dictionary<string, string>();

    /// <param name="context">The node's.</param>
    /// <param name="pod">The pod as it is now.</param>
    /// <param name="spec">The container.</param>
    /// <param name="changed">Called after every change of <see cref="View"/>.</param>
    public ContainerWorker(PodContext context, Func<Pod> pod, Container spec, Action changed)
    {
        _context = context;
        _pod = pod;
        _spec = spec;
        _changed = changed;
        var metadata = pod().Metadata;
        _directory = Path.Combine(context.PodDirectory(metadata.Uid!), "containers", spec.Name);
        _logDirectory = Path.Combine(context.LogDirectory(metadata.Namespace!, metadata.Name, metadata.Uid!), spec.Name);
        _view = new ContainerView { Spec = spec };
    }

    public ContainerView View
    {
        get
        {
            lock (_lock)
            {
                return _view;
            }
        }
    }

    /// <summary>Where the log of a run is.</summary>
    public string LogPath(int attempt) => Path.Combine(_logDirectory, $"{attempt}.log");

    /// <summary>Runs the container until it has ended for good.</summary>
    /// <param name="policy">Always, OnFailure or Never.</param>
    /// <param name="volumes">The pod's, already made.</param>
    /// <param name="address">The pod's.</param>
    /// <param name="cancellationToken">Lets go of the container without ending it.</param>
    public async Task RunAsync(string policy, PodVolumes volumes, IPAddress address, CancellationToken cancellationToken)
    {
        var record = _record;
        while (true)
        {
            if (_process is null)
            {
                if (record?.Ended is { } ended)
                {
                    if (policy == "Never" || policy == "OnFailure" && ended.ExitCode == 0)
                    {
                        Update(v => v with { WaitingReason = null, Ended = ended, IsFinished = true });
                        return;
                    }
                    await BackOffAsync(ended, record.Attempt, cancellationToken);
                }
                record = await StartAsync(record, volumes, address, cancellationToken);
                if (record.Ended is not null)
                {
                    continue;
                }
            }
            var code = await RunUntilExitAsync(_process!, address, cancellationToken);
            record = End(record!, code);
        }
    }

    /// <summary>Ends the container: preStop hook, SIGTERM, and SIGKILL when the grace period is over or <paramref name="force"/> is cancelled.</summary>
    public async Task StopAsync(TimeSpan grace, CancellationToken force)
    {
        if (_process is not { } process || process.Exited.IsCompleted)
        {
            Finish();
            return;
        }
        _context.Events.Normal(_pod(), "Killing", $"Stopping container {_spec.Name}", _spec.Name);
        await EndProcessAsync(process, grace, force);
        Finish();
    }

    private void Finish()
    {
        if (_process is { } process && process.Exited.IsCompletedSuccessfully && ContainerRecord.Load(_directory) is { } record)
        {
            End(record, process.Exited.Result);
        }
        Update(v => v with { WaitingReason = v.Ended is null ? v.WaitingReason : null, RunningSince = null, Ready = false, Started = false, IsFinished = true });
    }

    private async Task EndProcessAsync(ContainerProcess process, TimeSpan grace, CancellationToken force)
    {
        using var limit = new CancellationTokenSource(grace, _context.Time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, force);
        if (grace > TimeSpan.Zero && !force.IsCancellationRequested)
        {
            try
            {
                if (_spec.Lifecycle?.PreStop?.Exec is { } hook)
                {
                    await ExecuteAsync(hook.Command, linked.Token);
                }
                process.Signal(Sigterm);
                await process.Exited.WaitAsync(linked.Token);
                return;
            }
            catch (OperationCanceledException) when (linked.IsCancellationRequested)
            {
                // The grace period is over.
            }
        }
        process.Kill();
        await process.Exited;
    }

    /// <summary>Takes over what an earlier agent left: a running container is adopted, an ended one remembered. To be called first.</summary>
    public void Restore()
    {
        if (ContainerRecord.Load(_directory) is not { } record)
        {
            return;
        }
        _record = record;
        var paths = Paths(record.Attempt);
        Update(v => v with { RestartCount = record.Attempt, Last = record.Last, ContainerId = ContainerId(record.Attempt) });
        if (record.Ended is { } ended)
        {
            Update(v => v with { Ended = ended, WaitingReason = null });
            return;
        }
        _process = ContainerProcess.Adopt(paths);
        if (_process is null)
        {
            _record = End(record, ContainerProcess.ExitCode(paths) ?? SetupFailedExitCode + Sigkill);
            return;
        }
        SetRunning(record);
    }

    private async Task BackOffAsync(ContainerEnd ended, int attempt, CancellationToken cancellationToken)
    {
        var delay = _backoff.Next(ended.FinishedAt - ended.StartedAt);
        if (delay <= TimeSpan.Zero)
        {
            return;
        }
        var pod = _pod();
        var message = $"back-off {delay.TotalSeconds:0}s restarting failed container={_spec.Name} pod={pod.Metadata.Name}_{pod.Metadata.Namespace}({pod.Metadata.Uid})";
        _context.Events.Warning(pod, "BackOff", $"Back-off restarting failed container {_spec.Name} in pod {pod.Metadata.Name}", _spec.Name);
        Update(v => v with { WaitingReason = "CrashLoopBackOff", WaitingMessage = message, Ended = null, Last = ended, RestartCount = attempt });
        await Task.Delay(delay, _context.Time, cancellationToken);
    }

    /// <summary>Starts the next run; waits for what is missing. The record has an end when the container could not be set up.</summary>
    private async Task<ContainerRecord> StartAsync(ContainerRecord? before, PodVolumes volumes, IPAddress address, CancellationToken cancellationToken)
    {
        var attempt = before is null ? 0 : before.Attempt + 1;
        var program = await ImageAsync(cancellationToken);
        var launch = await LaunchAsync(attempt, program, volumes, address, cancellationToken);
        var pod = _pod();
        _context.Events.Normal(pod, "Created", $"Created container: {_spec.Name}", _spec.Name);
        var record = new ContainerRecord(attempt, _context.Time.GetUtcNow(), before?.Ended, null);
        record.Save(_directory);
        try
        {
            _process = await ContainerProcess.StartAsync(launch, cancellationToken);
        }
        catch (SandboxException exception)
        {
            _context.Events.Warning(pod, "Failed", $"Error: {exception.Message}", _spec.Name);
            var now = _context.Time.GetUtcNow();
            var end = new ContainerEnd(SetupFailedExitCode, "StartError", exception.Message, record.StartedAt, now, ContainerId(attempt));
            record = record with { Ended = end };
            record.Save(_directory);
            Update(v => v with { RunningSince = null, WaitingReason = null, Ended = end, Last = record.Last, RestartCount = attempt });
            return record;
        }
        _context.Events.Normal(pod, "Started", $"Started container {_spec.Name}", _spec.Name);
        SetRunning(record);
        RemoveOldRuns(attempt);
        return record;
    }

    private async Task<ImageProgram> ImageAsync(CancellationToken cancellationToken)
    {
        var wait = ImageRetry;
        while (true)
        {
            if (ImageCatalog.TryFind(_spec.Image ?? "", out var program, out var problem))
            {
                _context.Events.Normal(_pod(), "Pulled", $"Container image \"{_spec.Image}\" already present on machine", _spec.Name);
                return program;
            }
            _context.Events.Warning(_pod(), "Failed", $"Failed to pull image \"{_spec.Image}\": {problem}", _spec.Name);
            Update(v => v with { WaitingReason = "ErrImagePull", WaitingMessage = problem });
            await Task.Delay(ConfigRetry, _context.Time, cancellationToken);
            _context.Events.Normal(_pod(), "BackOff", $"Back-off pulling image \"{_spec.Image}\"", _spec.Name);
            Update(v => v with { WaitingReason = "ImagePullBackOff", WaitingMessage = problem });
            await Task.Delay(wait, _context.Time, cancellationToken);
            wait = wait * 2 < LongestImageRetry ? wait * 2 : LongestImageRetry;
        }
    }

    private async Task<ContainerLaunch> LaunchAsync(
        int attempt, ImageProgram program, PodVolumes volumes, IPAddress address, CancellationToken cancellationToken)
    {
        string? last = null;
        while (true)
        {
            try
            {
                return Launch(attempt, program, volumes, address);
            }
            catch (ContainerConfigException exception)
            {
                if (exception.Message != last)
                {
                    last = exception.Message;
                    _context.Events.Warning(_pod(), "Failed", $"Error: {exception.Message}", _spec.Name);
                    Update(v => v with { WaitingReason = "CreateContainerConfigError", WaitingMessage = exception.Message });
                }
                await Task.Delay(ConfigRetry, _context.Time, cancellationToken);
            }
        }
    }

    private ContainerLaunch Launch(int attempt, ImageProgram program, PodVolumes volumes, IPAddress address)
    {
        var pod = _pod();
        _environment = new ContainerEnvironment(
            _context.Objects, pod, address.ToString(), _context.NodeAddress, _context.ApiServiceAddress.ToString()).Build(_spec, program.Environment);
        // Kubernetes: command replaces the image's entrypoint, args what would follow it.
        ImmutableArray<string> command =
        [
            .. _spec.Command.Count > 0 ? _spec.Command.Select(Expand) : program.Entrypoint,
            .. _spec.Args.Select(Expand),
        ];
        var security = _spec.SecurityContext;
        return new ContainerLaunch
        {
            Paths = Paths(attempt),
            NetworkNamespace = pod.Spec.HostNetwork == true
                ? null
                : NetworkNamespaces.PathOf(SandboxPlan.PodNamespace(_context.Plan.Prefix, pod.Metadata.Uid!)),
            Hostname = PodFiles.Hostname(pod),
            Command = command,
            Environment = _environment,
            WorkingDirectory = _spec.WorkingDir is { Length: > 0 } directory ? directory : "/",
            Mounts = [.. volumes.Mounts(_spec)],
            Files = [.. PodFiles.Build(pod, address, _context.Cluster.DnsServiceAddress), .. program.Files],
            User = security?.RunAsUser ?? pod.Spec.SecurityContext?.RunAsUser,
            Group = security?.RunAsGroup ?? pod.Spec.SecurityContext?.RunAsGroup,
            ReadOnlyRoot = security?.ReadOnlyRootFilesystem == true,
            Capabilities = Capabilities(security),
            PrivilegeEscalation = security?.AllowPrivilegeEscalation != false,
        };

        string Expand(string text) => VariableExpansion.Expand(text, _environment);
    }

    // A container that drops none has all of them, more than a container runtime would give it: programs of the machine stand for images here.
    private static ImmutableArray<string>? Capabilities(SecurityContext? security) =>
        security is { Privileged: not true, Capabilities: { } listed } && listed.Drop.Contains("ALL", StringComparer.OrdinalIgnoreCase)
            ? [.. listed.Add]
            : null;

    private async Task<int> RunUntilExitAsync(ContainerProcess process, IPAddress address, CancellationToken cancellationToken)
    {
        using var probing = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var probes = ProbeAsync(process, address, probing.Token);
        try
        {
            return await process.Exited.WaitAsync(cancellationToken);
        }
        finally
        {
            await probing.CancelAsync();
            await probes;
        }
    }

    private async Task ProbeAsync(ContainerProcess process, IPAddress address, CancellationToken cancellationToken)
    {
        try
        {
            if (_spec.StartupProbe is { } startup)
            {
                var passed = false;
                await Loop(startup).RunAsync(false, ok =>
                {
                    passed = ok;
                    return false;
                }, m => Unhealthy("Startup", m), cancellationToken);
                if (!passed)
                {
                    await RestartAsync(process, "startup", startup, cancellationToken);
                    return;
                }
            }
            Update(v => v with { Started = true, Ready = _spec.ReadinessProbe is null });
            var readiness = _spec.ReadinessProbe is { } ready
                ? Loop(ready).RunAsync(false, ok =>
                {
                    Update(v => v with { Ready = ok });
                    return true;
                }, m => Unhealthy("Readiness", m), cancellationToken)
                : Task.CompletedTask;
            if (_spec.LivenessProbe is { } liveness)
            {
                await Loop(liveness).RunAsync(true, ok => ok, m => Unhealthy("Liveness", m), cancellationToken);
                await RestartAsync(process, "liveness", liveness, cancellationToken);
            }
            await readiness;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The container has ended, or the agent lets go of it.
        }

        ProbeLoop Loop(Probe probe) => new(
            probe, ct => _context.Probes.TryAsync(probe, _spec, address, ExecuteAsync, _context.Time, ct), _context.Time);

        void Unhealthy(string kind, string message) =>
            _context.Events.Warning(_pod(), "Unhealthy", $"{kind} probe failed: {message}", _spec.Name);
    }

    private async Task RestartAsync(ContainerProcess process, string kind, Probe probe, CancellationToken cancellationToken)
    {
        _context.Events.Normal(_pod(), "Killing", $"Container {_spec.Name} failed {kind} probe, will be restarted", _spec.Name);
        var grace = TimeSpan.FromSeconds(probe.TerminationGracePeriodSeconds ?? _pod().Spec.TerminationGracePeriodSeconds ?? 30);
        await EndProcessAsync(process, grace, cancellationToken);
    }

    private Task<CommandResult> ExecuteAsync(IReadOnlyList<string> command, CancellationToken cancellationToken) => _process is { } process
        ? ExternalCommand.RunAsync("nsenter",
            [
                $"--target={process.Main.Pid}", "--mount", "--uts", "--ipc", "--net", "--pid", "--", "env", "-i",
                .. _environment.Select(e => $"{e.Key}={e.Value}"), .. command,
            ], null, cancellationToken)
        : throw new SandboxException("the container does not run");

    private ContainerRecord End(ContainerRecord record, int code)
    {
        var end = ContainerEnd.Of(code, record.StartedAt, _context.Time.GetUtcNow(), ContainerId(record.Attempt));
        record = record with { Ended = end };
        record.Save(_directory);
        _process = null;
        Update(v => v with { RunningSince = null, WaitingReason = null, Ended = end, Ready = false, Started = false });
        return record;
    }

    private void SetRunning(ContainerRecord record) => Update(v => v with
    {
        WaitingReason = null,
        WaitingMessage = null,
        RunningSince = record.StartedAt,
        Ended = null,
        Last = record.Last,
        RestartCount = record.Attempt,
        ContainerId = ContainerId(record.Attempt),
        Started = false,
        Ready = false,
    });

    /// <summary>The run before stays, for its log; older ones go.</summary>
    private void RemoveOldRuns(int attempt)
    {
        if (attempt < 2)
        {
            return;
        }
        var old = Paths(attempt - 2);
        File.Delete(old.Log);
        File.Delete(LogTimes.PathFor(old.Log));
        if (Directory.Exists(old.Directory))
        {
            Directory.Delete(old.Directory, recursive: true);
        }
    }

    private ContainerPaths Paths(int attempt) => new(Path.Combine(_directory, $"{attempt}"), LogPath(attempt));

    private string ContainerId(int attempt) => Convert.ToHexStringLower(
        System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes($"{_pod().Metadata.Uid}/{_spec.Name}/{attempt}")));

    private void Update(Func<ContainerView, ContainerView> change)
    {
        lock (_lock)
        {
            var next = change(_view);
            if (next == _view)
            {
                return;
            }
            _view = next;
        }
        _changed();
    }
}
