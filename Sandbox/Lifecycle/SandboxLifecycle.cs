using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Mesh.Sandbox.Network;

namespace Mesh.Sandbox.Lifecycle;

/// <summary>Brings a sandbox up, or what is missing of one.</summary>
internal sealed class SandboxLifecycle(TextWriter output, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);
    private readonly long _start = time.GetTimestamp();

    /// <summary>Returns when kubectl answers and every node of every cluster is Ready.</summary>
    public async Task UpAsync(SandboxPlan plan, bool mergeKubeconfig, CancellationToken cancellationToken)
    {
        var old = SandboxState.Load(plan.StateDirectory);
        if (old is not null && (old.Prefix != plan.Prefix || !old.Clusters.SequenceEqual(plan.Clusters.Select(c => c.Name)) ||
            old.NodesPerCluster != plan.Clusters[0].Nodes.Length || old.DualStack != plan.IsDualStack))
        {
            throw new SandboxException(
                $"a different sandbox is up in {plan.StateDirectory} (clusters {string.Join(',', old.Clusters)}, {old.NodesPerCluster} nodes each, " +
                $"{(old.DualStack ? "dual-stack" : "IPv4 only")}, " +
                $"prefix {old.Prefix}). Run `mesh sandbox down` first, or use another --state and --prefix.");
        }
        var mergeInto = mergeKubeconfig ? KubeconfigMerger.DefaultPath() : null;
        if (mergeInto is not null)
        {
            KubeconfigMerger.RequireFree(mergeInto, plan.Clusters.Select(c => c.Name));
        }
        var fabric = new FabricBuilder(plan);
        if (old is not null && fabric.Namespaces.All(NetworkNamespaces.Exists) && File.Exists(plan.KubeconfigPath))
        {
            await RepairAsync(plan, old, mergeInto, cancellationToken);
            return;
        }
        if (old is not null)
        {
            Say("the last sandbox here is incomplete: removing it first");
            await new SandboxTeardown(plan.Prefix, plan.StateDirectory, time).RunAsync(cancellationToken);
        }
        else if (NetworkNamespaces.Owned(plan.Prefix) is { Count: > 0 } leftovers)
        {
            if (NamespaceProcesses.In(leftovers).Count > 0)
            {
                throw new SandboxException(
                    $"network namespaces {string.Join(", ", leftovers)} are in use, and {plan.StateDirectory} knows nothing of them: another sandbox " +
                    $"with the same --prefix is up. Use another --prefix, or remove it with `mesh sandbox down --prefix {plan.Prefix}` and its --state.");
            }
            Say("removing namespaces that an earlier sandbox left");
            await new SandboxTeardown(plan.Prefix, plan.StateDirectory, time).RunAsync(cancellationToken);
        }
        try
        {
            await CreateAsync(plan, fabric, mergeInto, cancellationToken);
        }
        catch (Exception exception) when (exception is SandboxException or OperationCanceledException)
        {
            Say("removing what was made so far");
            await new SandboxTeardown(plan.Prefix, plan.StateDirectory, time).RunAsync(CancellationToken.None);
            throw;
        }
    }

    private async Task CreateAsync(SandboxPlan plan, FabricBuilder fabric, string? mergeInto, CancellationToken cancellationToken)
    {
        var listeners = plan.Clusters.ToDictionary(c => c.Name, _ => Listen(0));
        var ports = listeners.ToDictionary(l => l.Key, l => ((IPEndPoint)l.Value.LocalEndPoint!).Port);
        new SandboxState(plan.Prefix, [.. plan.Clusters.Select(c => c.Name)], plan.Clusters[0].Nodes.Length, ports, mergeInto, plan.IsDualStack)
            .Save(plan.StateDirectory);
        foreach (var cluster in plan.Clusters)
        {
            WriteFiles(plan, cluster);
        }
        await File.WriteAllTextAsync(plan.KubeconfigPath, Kubeconfig.ForPerson(plan, ports), cancellationToken);
        File.SetUnixFileMode(plan.KubeconfigPath, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Say($"certificates and kubeconfig in {plan.StateDirectory}");
        await fabric.BuildAsync(cancellationToken);
        Say($"network: {fabric.Namespaces.Count()} namespaces on one bridge, 10.99.0.0/16{(plan.IsDualStack ? " and fd00:99::/64" : "")}");
        foreach (var cluster in plan.Clusters)
        {
            await StartApiServerAsync(cluster, listeners[cluster.Name], ports[cluster.Name], cancellationToken);
            foreach (var process in Others(plan, cluster))
            {
                await process.StartAsync(cancellationToken);
            }
        }
        await WaitUntilReadyAsync(plan, ports, cancellationToken);
        Finish(plan, mergeInto);
    }

    private async Task RepairAsync(SandboxPlan plan, SandboxState state, string? mergeInto, CancellationToken cancellationToken)
    {
        var repaired = 0;
        foreach (var cluster in plan.Clusters)
        {
            var port = state.Ports[cluster.Name];
            var apiServer = SandboxProcess.ApiServer(cluster, 0, port);
            if (!apiServer.IsRunning)
            {
                Say($"starting the {apiServer.Title}, which was not running");
                await StartApiServerAsync(cluster, Listen(port), port, cancellationToken);
                repaired++;
            }
            foreach (var process in Others(plan, cluster).Where(p => !p.IsRunning))
            {
                Say($"starting the {process.Title}, which was not running");
                await process.StartAsync(cancellationToken);
                repaired++;
            }
        }
        await WaitUntilReadyAsync(plan, state.Ports, cancellationToken);
        if (mergeInto != state.MergedInto && mergeInto is not null)
        {
            (state with { MergedInto = mergeInto }).Save(plan.StateDirectory);
        }
        if (repaired == 0)
        {
            Say("already up");
        }
        Finish(plan, mergeInto);
    }

    private static IEnumerable<SandboxProcess> Others(SandboxPlan plan, ClusterPlan cluster) =>
        cluster.Nodes.Select(n => SandboxProcess.Agent(plan, cluster, n)).Prepend(SandboxProcess.Dns(plan, cluster));

    private static void WriteFiles(SandboxPlan plan, ClusterPlan cluster)
    {
        Directory.CreateDirectory(cluster.Directory);
        ClusterAuthority.Create(cluster, TimeProvider.System);
        foreach (var component in cluster.Nodes.Select(n => n.Name).Append("dns"))
        {
            File.WriteAllText(SandboxPaths.ComponentKubeconfig(cluster, component), Kubeconfig.ForComponent(plan, cluster, component));
        }
        foreach (var node in cluster.Nodes)
        {
            NodeDirectory.Create(plan, cluster, node);
        }
    }

    /// <summary>Starts an API server that has been stopped, and returns when it answers.</summary>
    public async Task StartApiServerAsync(SandboxPlan plan, ClusterPlan cluster, int port, CancellationToken cancellationToken)
    {
        await StartApiServerAsync(cluster, Listen(port), port, cancellationToken);
        await WaitUntilReadyAsync(plan with { Clusters = [cluster] }, new Dictionary<string, int> { [cluster.Name] = port }, cancellationToken);
    }

    /// <summary>kubectl reaches the API server on the machine's own loopback, which its network namespace does not see: it inherits the socket.</summary>
    private static async Task StartApiServerAsync(ClusterPlan cluster, Socket listener, int port, CancellationToken cancellationToken)
    {
        using (listener)
        {
            var handle = (int)listener.Handle;
            if (Native.KeepOnExec(handle) != 0)
            {
                throw new SandboxException($"cannot pass the listening socket of {cluster.Name} on to its API server");
            }
            await SandboxProcess.ApiServer(cluster, handle, port).StartAsync(cancellationToken);
        }
    }

    private static Socket Listen(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            socket.Listen(512);
            return socket;
        }
        catch (SocketException exception)
        {
            socket.Dispose();
            throw new SandboxException(
                $"127.0.0.1:{port} cannot be listened on ({exception.Message}); something else took the port. Run `mesh sandbox down` and up again.",
                exception);
        }
    }

    private async Task WaitUntilReadyAsync(SandboxPlan plan, IReadOnlyDictionary<string, int> ports, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(Patience, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        await Task.WhenAll(plan.Clusters.Select(async cluster =>
        {
            using var probe = new ApiProbe(cluster, ports[cluster.Name]);
            var processes = Others(plan, cluster).Prepend(SandboxProcess.ApiServer(cluster, 0, 0)).ToList();
            var waitingFor = "its API server to answer";
            try
            {
                await UntilAsync(() => probe.IsReadyAsync(linked.Token), processes, linked.Token);
                Say($"{cluster.Name}: API server answers on 127.0.0.1:{ports[cluster.Name]}");
                waitingFor = "its nodes to be Ready";
                await UntilAsync(async () =>
                {
                    var nodes = await probe.NodesAsync(linked.Token);
                    return processes.All(p => p.IsReady) && cluster.Nodes.All(n => nodes.GetValueOrDefault(n.Name));
                }, processes, linked.Token);
                Say($"{cluster.Name}: {cluster.Nodes.Length} nodes Ready");
            }
            catch (OperationCanceledException) when (timeout.IsCancellationRequested)
            {
                throw new SandboxException(
                    $"waited {Patience.TotalSeconds:0} s for cluster {cluster.Name}: {waitingFor}.\n{LogTails(processes)}");
            }
        }));
    }

    private async Task UntilAsync(Func<Task<bool>> condition, IReadOnlyList<SandboxProcess> processes, CancellationToken cancellationToken)
    {
        while (!await condition())
        {
            if (processes.FirstOrDefault(p => !p.IsRunning) is { } dead)
            {
                throw new SandboxException($"the {dead.Title} ended while starting.\n{LogTails([dead])}");
            }
            await Task.Delay(PollInterval, time, cancellationToken);
        }
    }

    private static string LogTails(IEnumerable<SandboxProcess> processes) => string.Join('\n', processes
        .Where(p => File.Exists(p.LogPath))
        .Select(p => (p.Title, Lines: File.ReadLines(p.LogPath).TakeLast(15).ToList()))
        .Where(p => p.Lines.Count > 0)
        .Select(p => $"--- {p.Title}, last lines:\n{string.Join('\n', p.Lines)}"));

    private void Finish(SandboxPlan plan, string? mergeInto)
    {
        if (mergeInto is not null)
        {
            KubeconfigMerger.Merge(mergeInto, File.ReadAllText(plan.KubeconfigPath));
        }
        var how = mergeInto is null ? $"kubectl --kubeconfig {plan.KubeconfigPath}" : "kubectl";
        Say($"ready: {how} --context {plan.Clusters[0].Name} get nodes");
    }

    private void Say(string line)
    {
        lock (output)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"[{time.GetElapsedTime(_start).TotalSeconds,5:0.0}s] {line}"));
        }
    }
}
