using System.Diagnostics;
using System.Text.Json.Nodes;
using Mesh.Kubernetes;
using Mesh.Kubernetes.Configuration;
using Mesh.Kubernetes.Informers;
using Mesh.Kubernetes.Resources;
using Mesh.Sandbox.Lifecycle;
using Mesh.Sandbox.Network;
using Mesh.Sandbox.Node;
using Mesh.Sandbox.Programs;

namespace Mesh.Sandbox.Dns;

/// <summary>
/// Cluster DNS: dnsmasq in the control plane's namespace, its records kept in step with the API. It knows the cluster's names and
/// nothing else; everything else does not exist.
/// </summary>
internal sealed partial class ClusterDns(
    ClusterPlan cluster, KubernetesClient client, Informer<Service> services, Informer<EndpointSlice> slices, ILogger<ClusterDns> logger, TimeProvider time)
{
    private const int Sighup = 1;
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(500);
    private readonly SemaphoreSlim _changed = new(1);

    private string HostsPath => Path.Combine(SandboxPaths.DnsDirectory(cluster), "hosts");

    private string ServerPidPath => Path.Combine(SandboxPaths.DnsDirectory(cluster), "dnsmasq.pid");

    public static async Task<int> MainAsync(string[] arguments)
    {
        var line = new CommandLine(arguments, ["state", "cluster"], []);
        var directory = line.Required("state");
        var plan = SandboxState.Load(directory)?.ToPlan(directory) ?? throw new SandboxException($"no sandbox is up in {directory}");
        var cluster = plan.Cluster(line.Required("cluster"));
        using var loggers = LoggerFactory.Create(b => b.AddSimpleConsole(o => o.SingleLine = true).SetMinimumLevel(LogLevel.Warning));
        using var signal = new TerminationSignal();
        using var client = new KubernetesClient(ClusterConnection.FromKubeconfig(SandboxPaths.ComponentKubeconfig(cluster, "dns")));
        var time = TimeProvider.System;
        await using var services = new Informer<Service>(client, null, null, loggers.CreateLogger("services"), time);
        await using var slices = new Informer<EndpointSlice>(client, null, null, loggers.CreateLogger("endpointslices"), time);
        var dns = new ClusterDns(cluster, client, services, slices, loggers.CreateLogger<ClusterDns>(), time);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(signal.Token);
        List<Task> parts = [services.RunAsync(ending.Token), slices.RunAsync(ending.Token), dns.RegisterAsync(ending.Token), dns.ServeAsync(ending.Token)];
        await Task.WhenAny(parts);
        await ending.CancelAsync();
        try
        {
            await Task.WhenAll(parts);
        }
        catch (OperationCanceledException) when (signal.Token.IsCancellationRequested)
        {
            // Told to end.
        }
        return 0;
    }

    /// <summary>Makes DNS a service of the cluster, so that every node's rules lead its address here.</summary>
    private async Task RegisterAsync(CancellationToken cancellationToken)
    {
        const string Namespace = "kube-system";
        const string Name = "kube-dns";
        while (true)
        {
            try
            {
                if (await client.GetOrNullAsync<Service>(Namespace, Name, cancellationToken) is null)
                {
                    await client.CreateAsync(new Service
                    {
                        Metadata = new ObjectMeta { Name = Name, Namespace = Namespace, Labels = new Dictionary<string, string> { ["k8s-app"] = Name } },
                        Spec = new ServiceSpec
                        {
                            ClusterIP = cluster.DnsServiceAddress.ToString(),
                            Ports = [new ServicePort { Name = "dns", Port = 53, Protocol = "UDP" }, new ServicePort { Name = "dns-tcp", Port = 53, Protocol = "TCP" }],
                        },
                    }, cancellationToken);
                }
                if (await client.GetOrNullAsync<EndpointSlice>(Namespace, Name, cancellationToken) is null)
                {
                    await client.CreateAsync(new EndpointSlice
                    {
                        Metadata = new ObjectMeta
                        {
                            Name = Name,
                            Namespace = Namespace,
                            Labels = new Dictionary<string, string> { ["kubernetes.io/service-name"] = Name },
                        },
                        AddressType = "IPv4",
                        Endpoints = [new Kubernetes.Resources.Endpoint { Addresses = [cluster.ControlPlaneAddress.ToString()], Conditions = new EndpointConditions { Ready = true } }],
                        Ports =
                        [
                            new EndpointSlicePort { Name = "dns", Port = 53, Protocol = "UDP" },
                            new EndpointSlicePort { Name = "dns-tcp", Port = 53, Protocol = "TCP" },
                        ],
                    }, cancellationToken);
                }
                // Looked after for good: an API server that was restarted has forgotten them.
                await Task.Delay(TimeSpan.FromSeconds(5), time, cancellationToken);
            }
            catch (Exception exception) when (ApiFailures.IsExpected(exception))
            {
                LogNotRegistered(exception.Message);
                await Task.Delay(Retry, time, cancellationToken);
            }
        }
    }

    private async Task ServeAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(SandboxPaths.DnsDirectory(cluster));
        services.Changed += _ => Signal();
        slices.Changed += _ => Signal();
        await Task.WhenAll(services.Synced, slices.Synced).WaitAsync(cancellationToken);
        await WriteAsync(cancellationToken);
        while (true)
        {
            using var process = Start();
            var exited = process.WaitForExitAsync(cancellationToken);
            try
            {
                while (true)
                {
                    var changed = _changed.WaitAsync(cancellationToken);
                    if (await Task.WhenAny(changed, exited) == exited)
                    {
                        break;
                    }
                    await changed;
                    if (await WriteAsync(cancellationToken))
                    {
                        Native.Kill(process.Id, Sighup);
                    }
                }
            }
            finally
            {
                if (!process.HasExited)
                {
                    process.Kill();
                }
            }
            LogDied(process.ExitCode);
            Signal();
            await Task.Delay(Retry, time, cancellationToken);
        }
    }

    private Process Start()
    {
        var start = new ProcessStartInfo("dnsmasq",
        [
            // Its own configuration and the machine's do not matter here; nothing is asked elsewhere; unknown names do not exist.
            "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--user=root", "--pid-file=",
            $"--listen-address={cluster.ControlPlaneAddress}", "--bind-interfaces", "--port=53",
            $"--addn-hosts={HostsPath}", "--local=/#/", "--cache-size=0", "--local-ttl=0", "--log-facility=-",
        ])
        {
            WorkingDirectory = "/",
        };
        start.Environment["PATH"] = ExternalCommand.SearchPath;
        // One that outlived an earlier run of this program would keep the port.
        DetachedProcess.Running(ServerPidPath)?.Kill();
        var process = Process.Start(start)!;
        File.WriteAllText(ServerPidPath, ProcessIdentity.Of(process.Id)?.ToString() ?? "");
        return process;
    }

    private async Task<bool> WriteAsync(CancellationToken cancellationToken)
    {
        var text = DnsRecords.Render(services.Items, slices.Items, PodFiles.ClusterDomain);
        if (File.Exists(HostsPath) && await File.ReadAllTextAsync(HostsPath, cancellationToken) == text)
        {
            return false;
        }
        await File.WriteAllTextAsync(HostsPath + ".tmp", text, cancellationToken);
        File.Move(HostsPath + ".tmp", HostsPath, overwrite: true);
        return true;
    }

    private void Signal()
    {
        if (_changed.CurrentCount == 0)
        {
            _changed.Release();
        }
    }

    [LoggerMessage(3051, LogLevel.Warning, "The DNS service is not in the API yet, trying again: {Problem}")]
    private partial void LogNotRegistered(string problem);

    [LoggerMessage(3052, LogLevel.Error, "dnsmasq ended with {ExitCode}; starting it again")]
    private partial void LogDied(int exitCode);
}
