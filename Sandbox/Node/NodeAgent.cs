using Mesh.Kubernetes;
using Mesh.Kubernetes.Configuration;
using Mesh.Kubernetes.Informers;
using Mesh.Kubernetes.Resources;
using Mesh.Sandbox.Lifecycle;
using Mesh.Sandbox.Network;
using Mesh.Sandbox.Programs;

namespace Mesh.Sandbox.Node;

/// <summary>The process that makes a network namespace a Kubernetes node: what kubelet and kube-proxy are on a real one.</summary>
internal static class NodeAgent
{
    public static async Task<int> MainAsync(string[] arguments)
    {
        var line = new CommandLine(arguments, ["state", "cluster", "node"], []);
        var directory = line.Required("state");
        var plan = SandboxState.Load(directory)?.ToPlan(directory) ?? throw new SandboxException($"no sandbox is up in {directory}");
        var cluster = plan.Cluster(line.Required("cluster"));
        var name = line.Required("node");
        var node = cluster.Nodes.FirstOrDefault(n => n.Name == name)
            ?? throw new SandboxException($"cluster {cluster.Name} has no node {name}");
        using var loggers = LoggerFactory.Create(b => b.AddSimpleConsole(o =>
        {
            o.SingleLine = true;
            o.TimestampFormat = "HH:mm:ss.fff ";
        }).SetMinimumLevel(LogLevel.Information));
        using var signal = new TerminationSignal();
        using var client = new KubernetesClient(ClusterConnection.FromKubeconfig(SandboxPaths.ComponentKubeconfig(cluster, node.Name)));
        await RunAsync(plan, cluster, node, client, loggers, signal.Token);
        return 0;
    }

    private static async Task RunAsync(
        SandboxPlan plan, ClusterPlan cluster, NodePlan node, KubernetesClient client, ILoggerFactory loggers, CancellationToken stop)
    {
        var time = TimeProvider.System;
        using var probes = new ProbeClient();
        await using var configMaps = new Informer<ConfigMap>(client, null, null, loggers.CreateLogger("configmaps"), time);
        await using var secrets = new Informer<Secret>(client, null, null, loggers.CreateLogger("secrets"), time);
        await using var pods = new Informer<Pod>(
            client, null, new ListOptions { FieldSelector = $"spec.nodeName={node.Name}" }, loggers.CreateLogger("pods"), time);
        await using var services = new Informer<Service>(client, null, null, loggers.CreateLogger("services"), time);
        await using var slices = new Informer<EndpointSlice>(client, null, null, loggers.CreateLogger("endpointslices"), time);
        var objects = new ClusterObjects(configMaps, secrets);
        objects.Connect();
        var events = new EventRecorder(client, node.Name, loggers.CreateLogger<EventRecorder>(), time);
        var context = new PodContext
        {
            Plan = plan,
            Cluster = cluster,
            Node = node,
            Client = client,
            Objects = objects,
            Tokens = new ServiceAccountTokens(client, time),
            Cni = new CniChain(new NodeView(node.Directory, SandboxPaths.AgentDirectory(node)), node.Directory, time),
            Events = events,
            Probes = probes,
            Loggers = loggers,
            Time = time,
        };
        var supervisor = new PodSupervisor(context, pods);
        var registration = new NodeRegistration(client, cluster, node, SandboxPaths.AgentReady(node), loggers.CreateLogger<NodeRegistration>(), time);
        var proxy = new ServiceProxy(services, slices, cluster.DualStack, loggers.CreateLogger<ServiceProxy>(), time);
        await using var logs = await LogServer.StartAsync(node.Address, supervisor, time);
        // Any of these ending with an error ends the agent, which says so in its log; the rest are told to stop.
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        List<Task> parts =
        [
            configMaps.RunAsync(ending.Token), secrets.RunAsync(ending.Token), pods.RunAsync(ending.Token),
            services.RunAsync(ending.Token), slices.RunAsync(ending.Token),
            proxy.RunAsync(ending.Token), events.RunAsync(ending.Token), registration.RunAsync(ending.Token),
            RunPodsAsync(supervisor, configMaps, secrets, ending.Token),
        ];
        await Task.WhenAny(parts);
        await ending.CancelAsync();
        try
        {
            await Task.WhenAll(parts);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Told to end.
        }
    }

    private static async Task RunPodsAsync(
        PodSupervisor supervisor, Informer<ConfigMap> configMaps, Informer<Secret> secrets, CancellationToken cancellationToken)
    {
        await Task.WhenAll(configMaps.Synced, secrets.Synced).WaitAsync(cancellationToken);
        await supervisor.RunAsync(cancellationToken);
    }
}
