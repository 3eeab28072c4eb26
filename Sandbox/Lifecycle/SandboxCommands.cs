using Mesh.Sandbox.Network;

namespace Mesh.Sandbox.Lifecycle;

/// <summary>The commands a person types: up, down, status, cut, heal.</summary>
internal static class SandboxCommands
{
    public const string Usage = """
        usage: Mesh.Sandbox <command> [options]

          up [--clusters east,west] [--nodes 2]   brings the clusters up; repairs them when parts are dead
             [--dual-stack]                       pods get IPv6 addresses too, and Services can (ipFamilyPolicy)
             [--no-merge-kubeconfig]              leaves ~/.kube/config alone; use <state>/kubeconfig
          down                                    removes everything, also after a crash
          status                                  what runs, which nodes are Ready, what is cut
          cut <a> <b> [--one-way]                 drops all packets between two clusters, nodes (east-1) or control planes (east-cp);
                                                  one way: those from a to b
          loss <a> <b> <percent> [--one-way]      drops so many of them, by chance
          heal [<a> <b>]                          undoes what is between two, or all
          api <cluster> stop|start|ok             stops the API server and keeps its objects; starts it, with its history compacted
          api <cluster> slow <ms>                 it takes that long over every request
          api <cluster> stall                     watches there are say nothing more, and stay open

          --state DIR     where the sandbox keeps its files (default /run/mesh-sandbox)
          --prefix P      what its network namespaces begin with (default mesh)

        Two sandboxes with different --state and --prefix can be up at the same time.
        """;

    private static readonly TimeSpan LockPatience = TimeSpan.FromSeconds(30);

    public static async Task<int> UpAsync(string[] arguments, CancellationToken cancellationToken)
    {
        var line = new CommandLine(arguments, ["clusters", "nodes", "state", "prefix"], ["no-merge-kubeconfig", "dual-stack"]);
        RequireNothing(line);
        RequireRoot("up");
        var (state, prefix) = Place(line);
        var clusters = (line.Value("clusters") ?? "east,west").Split(',', StringSplitOptions.TrimEntries);
        var plan = SandboxPlan.Create(prefix, state, clusters, line.Number("nodes", 2), line.Switch("dual-stack"));
        if (plan.IsDualStack)
        {
            RequireIpv6();
        }
        RequireTools();
        Directory.CreateDirectory(state);
        using (await LockAsync(state, cancellationToken))
        {
            try
            {
                await new SandboxLifecycle(Console.Out, TimeProvider.System)
                    .UpAsync(plan, !line.Switch("no-merge-kubeconfig"), cancellationToken);
            }
            finally
            {
                RemoveIfUnused(state);
            }
        }
        return 0;
    }

    private static void RequireIpv6()
    {
        const string Setting = "/proc/sys/net/ipv6/conf/all/forwarding";
        if (!File.Exists(Setting))
        {
            throw new SandboxException($"--dual-stack needs IPv6, and this kernel has none ({Setting} is missing). Go on without --dual-stack.");
        }
    }

    public static async Task<int> DownAsync(string[] arguments, CancellationToken cancellationToken)
    {
        var line = new CommandLine(arguments, ["state", "prefix"], []);
        RequireNothing(line);
        RequireRoot("down");
        var (state, prefix) = Place(line);
        IDisposable? held = Directory.Exists(state) ? await LockAsync(state, cancellationToken) : null;
        using (held)
        {
            var removed = await new SandboxTeardown(prefix, state, TimeProvider.System).RunAsync(cancellationToken);
            RemoveIfUnused(state);
            Console.WriteLine(removed ? "the sandbox is down; nothing of it is left" : "no sandbox is up; nothing to do");
        }
        return 0;
    }

    public static async Task<int> StatusAsync(string[] arguments, CancellationToken cancellationToken)
    {
        var line = new CommandLine(arguments, ["state", "prefix"], []);
        RequireNothing(line);
        var (state, _) = Place(line);
        if (SandboxState.Load(state) is not { } saved)
        {
            Console.WriteLine("no sandbox is up. Bring one up with `mesh sandbox up`.");
            return 1;
        }
        RequireRoot("status");
        var plan = saved.ToPlan(state);
        var whole = true;
        foreach (var cluster in plan.Clusters)
        {
            var apiServer = SandboxProcess.ApiServer(cluster, 0, 0);
            Console.WriteLine($"{cluster.Name}: API server {Running(apiServer)}, https://127.0.0.1:{saved.Ports[cluster.Name]}");
            var dns = SandboxProcess.Dns(plan, cluster);
            Console.WriteLine($"  DNS {Running(dns)}, {cluster.DnsServiceAddress}");
            using var probe = new ApiProbe(cluster, saved.Ports[cluster.Name]);
            var nodes = await probe.NodesAsync(cancellationToken);
            whole &= apiServer.IsRunning && dns.IsRunning;
            foreach (var node in cluster.Nodes)
            {
                var agent = SandboxProcess.Agent(plan, cluster, node);
                var ready = nodes.GetValueOrDefault(node.Name);
                whole &= agent.IsRunning && ready;
                Console.WriteLine($"  {node.Name}: agent {Running(agent)}, {(ready ? "Ready" : "not Ready")}, {node.Address}, pods {node.PodNetwork}");
            }
        }
        if (NetworkNamespaces.Exists(plan.FabricNamespace))
        {
            foreach (var impairment in await new LinkCutter(plan).ListAsync(cancellationToken))
            {
                Console.WriteLine(impairment);
            }
        }
        Console.WriteLine(whole ? "up" : "parts are dead; `mesh sandbox up` repairs them");
        return whole ? 0 : 1;
    }

    public static async Task<int> CutAsync(string[] arguments, CancellationToken cancellationToken)
    {
        var line = new CommandLine(arguments, ["state", "prefix"], ["one-way"]);
        if (line.Rest is not [var a, var b])
        {
            throw new UsageException("cut takes two names: cut east west, cut east-1 west-2");
        }
        RequireRoot("cut");
        return await CutAsync(line, new Impairment(a, b, OneWay: line.Switch("one-way")), cancellationToken);
    }

    public static async Task<int> LossAsync(string[] arguments, CancellationToken cancellationToken)
    {
        var line = new CommandLine(arguments, ["state", "prefix"], ["one-way"]);
        if (line.Rest is not [var a, var b, var text] || !int.TryParse(text.TrimEnd('%'), out var percent) || percent is < 1 or > 100)
        {
            throw new UsageException("loss takes two names and a percentage from 1 to 100: loss east west 30");
        }
        RequireRoot("loss");
        return await CutAsync(line, new Impairment(a, b, percent, line.Switch("one-way")), cancellationToken);
    }

    private static async Task<int> CutAsync(CommandLine line, Impairment impairment, CancellationToken cancellationToken)
    {
        await new LinkCutter(Existing(line).Plan).CutAsync(impairment, cancellationToken);
        Console.WriteLine($"{impairment}. `mesh sandbox heal {impairment.A} {impairment.B}` undoes it.");
        return 0;
    }

    public static async Task<int> HealAsync(string[] arguments, CancellationToken cancellationToken)
    {
        var line = new CommandLine(arguments, ["state", "prefix"], []);
        if (line.Rest.Count is not (0 or 2))
        {
            throw new UsageException("heal takes two names, or none to heal every cut");
        }
        RequireRoot("heal");
        var healed = await new LinkCutter(Existing(line).Plan).HealAsync(
            line.Rest.ElementAtOrDefault(0), line.Rest.ElementAtOrDefault(1), cancellationToken);
        Console.WriteLine(healed == 0 ? "nothing was cut there" : $"healed {healed} {(healed == 1 ? "cut" : "cuts")}");
        return 0;
    }

    /// <summary>The sandbox that is up.</summary>
    /// <exception cref="SandboxException">None is.</exception>
    public static (SandboxPlan Plan, SandboxState State) Existing(CommandLine line)
    {
        var (directory, _) = Place(line);
        return SandboxState.Load(directory) is { } state
            ? (state.ToPlan(directory), state)
            : throw new SandboxException($"no sandbox is up in {directory}. Run `mesh sandbox up` first.");
    }

    /// <summary>The prefix need not be repeated when the state directory knows it.</summary>
    private static (string State, string Prefix) Place(CommandLine line)
    {
        var state = Path.TrimEndingDirectorySeparator(Path.GetFullPath(line.Value("state") ?? SandboxPlan.DefaultStateDirectory));
        return (state, line.Value("prefix") ?? SandboxState.Load(state)?.Prefix ?? SandboxPlan.DefaultPrefix);
    }

    private static string Running(SandboxProcess process) =>
        DetachedProcess.Running(process.PidPath) is { } identity ? $"running (pid {identity.Pid})" : "DEAD";

    private static void RequireNothing(CommandLine line)
    {
        if (line.Rest.Count > 0)
        {
            throw new UsageException($"'{line.Rest[0]}' is not expected here");
        }
    }

    public static void RequireRoot(string command)
    {
        if (Native.EffectiveUserId() != 0)
        {
            throw new SandboxException($"sandbox {command} works on network namespaces and mounts, which takes root. Run it with sudo.");
        }
    }

    private static void RequireTools()
    {
        string[] tools = ["ip", "nft", "nsenter", "unshare", "setsid", "mount", "pivot_root", "dnsmasq", "flock"];
        var missing = tools.Where(t => !ExternalCommand.SearchPath.Split(':').Any(d => File.Exists(Path.Combine(d, t)))).ToList();
        if (NodeDirectory.StandardCniPlugins is null)
        {
            missing.Add("the CNI plugin 'ptp'");
        }
        if (missing.Count > 0)
        {
            throw new SandboxException(
                $"missing on this machine: {string.Join(", ", missing)}. On Debian: " +
                "apt-get install iproute2 nftables util-linux dnsmasq-base containernetworking-plugins");
        }
    }

    private static void RemoveIfUnused(string state)
    {
        if (SandboxState.Load(state) is null && Directory.Exists(state))
        {
            File.Delete(Path.Combine(state, "lock"));
            if (!Directory.EnumerateFileSystemEntries(state).Any())
            {
                Directory.Delete(state);
            }
        }
    }

    private static async Task<IDisposable> LockAsync(string state, CancellationToken cancellationToken)
    {
        var time = TimeProvider.System;
        var start = time.GetTimestamp();
        while (true)
        {
            try
            {
                return new FileStream(Path.Combine(state, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (time.GetElapsedTime(start) < LockPatience)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), time, cancellationToken);
            }
            catch (IOException exception)
            {
                throw new SandboxException($"another command is working on the sandbox in {state}: {exception.Message}", exception);
            }
        }
    }
}
