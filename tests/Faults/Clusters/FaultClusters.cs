using System.Collections.Concurrent;
using Mesh.Cli.Demo;
using Mesh.Faults.Traffic;
using Mesh.Testing;

namespace Mesh.Faults.Clusters;

/// <summary>
/// The two clusters the faults are made in, as the guide makes them: a sandbox of their own, the mesh in both under one trust anchor,
/// linked in both directions. In each runs a service with two pods, exported, and a client. Removed at the end, whatever happened.
/// </summary>
internal sealed class FaultClusters(FaultsOptions options, TextWriter log) : IAsyncDisposable
{
    /// <summary>The service in each cluster.</summary>
    public const string Service = "echo";

    private const string SiloProgram = "Mesh.Silo.dll";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly bool _existing = options.State is not null && File.Exists(Path.Combine(options.State, "kubeconfig"));
    private readonly string _state = options.State ?? Directory.CreateTempSubdirectory("mesh-faults-").FullName;
    private readonly ConcurrentDictionary<string, string> _clientNamespaces = new();
    private DemoShell? _shell;

    public static IReadOnlyList<string> Names { get; } = ["east", "west"];

    /// <summary>Where what is done is told.</summary>
    public TextWriter Log => log;

    /// <summary>Names this sandbox to <c>mesh sandbox</c>.</summary>
    public string SandboxOptions => $"--state '{_state}' --prefix {options.Prefix}";

    public string StateDirectory => _state;

    public SandboxProcesses Processes { get; } = new(options.Prefix);

    private DemoShell Shell => _shell ??= new DemoShell(Path.Combine(_state, "kubeconfig"));

    /// <summary>The folder that the commands run in; the certificates of the installation lie under it.</summary>
    public string WorkingDirectory => Shell.WorkingDirectory;

    public static string Other(string cluster) => Names.Single(name => name != cluster);

    public async Task UpAsync(CancellationToken cancellationToken)
    {
        if (_existing)
        {
            log.WriteLine($"the sandbox in {_state} is used as it is");
            return;
        }
        log.WriteLine("two clusters, the mesh in both, linked both ways");
        await DownAsync();
        await RunAsync($"mesh sandbox up {SandboxOptions} --no-merge-kubeconfig", cancellationToken: cancellationToken);
        await RunAsync(
            $"mesh certificates create --cluster east --cluster west --out '{_state}/certificates'", cancellationToken: cancellationToken);
        foreach (var cluster in Names)
        {
            await InstallAsync(cluster, cancellationToken: cancellationToken);
            await RunAsync(
                $"mesh --context {cluster} multicluster install --gateway=false | kubectl --context {cluster} apply -f -",
                cancellationToken: cancellationToken);
        }
        foreach (var cluster in Names)
        {
            await UntilMeshIsReadyAsync(cluster, cancellationToken);
            await RunAsync($"kubectl --context {cluster} apply -f -", Manifests.Workloads, cancellationToken);
        }
        foreach (var cluster in Names)
        {
            await RunAsync(
                $"mesh --context {cluster} multicluster link --cluster-name={cluster} --gateway=false | "
                    + $"kubectl --context {Other(cluster)} apply -f -",
                cancellationToken: cancellationToken);
        }
    }

    /// <summary>Installs the mesh in a cluster, or again, with the certificates in a folder as <c>mesh certificates create</c> makes it.</summary>
    public Task InstallAsync(
        string cluster, string folder = "certificates", string anchors = "ca.crt", CancellationToken cancellationToken = default) =>
        RunAsync(
            $"mesh --context {cluster} install --identity-trust-anchors-file '{_state}/{folder}/{anchors}' "
                + $"--identity-issuer-certificate-file '{_state}/{folder}/{cluster}/issuer.crt' "
                + $"--identity-issuer-key-file '{_state}/{folder}/{cluster}/issuer.key' | kubectl --context {cluster} apply -f -",
            cancellationToken: cancellationToken);

    /// <summary>Returns when silos and proxies are as many and as ready as they should be, and all traffic is answered.</summary>
    /// <exception cref="FaultException">It was not so in time.</exception>
    public async Task UntilWellAsync(TimeSpan within, CancellationToken cancellationToken)
    {
        foreach (var cluster in Names)
        {
            await UntilMeshIsReadyAsync(cluster, cancellationToken);
        }
        foreach (var from in Names)
        {
            var pod = await ClientNamespaceAsync(from, cancellationToken);
            foreach (var to in Names)
            {
                var uri = await UriAsync(new TrafficFlow(from, to), cancellationToken);
                using var client = PodNetwork.HttpClient(pod);
                await EventuallyAsync(
                    () => AnswersAsync(client, uri, cancellationToken), within, $"{from} has no answer from {uri}, in {to}", cancellationToken);
            }
        }
    }

    /// <summary>Where a client reaches the service of a flow.</summary>
    public async Task<Uri> UriAsync(TrafficFlow flow, CancellationToken cancellationToken) =>
        await UriAsync(flow.From, flow.IsAcross ? $"{Service}-{flow.To}" : Service, cancellationToken);

    /// <summary>Where a client in a cluster reaches a service, once it exists.</summary>
    public async Task<Uri> UriAsync(string cluster, string service, CancellationToken cancellationToken)
    {
        var address = "";
        await EventuallyAsync(
            async () => (address = (await TryAsync(ClusterIpCommand(cluster, service), null, cancellationToken)).Output.Trim()).Length > 0,
            Patience, $"{cluster} has no service {service}", cancellationToken);
        return new Uri($"http://{address}:{Manifests.Port}/");
    }

    public static string ClusterIpCommand(string cluster, string service) =>
        $"kubectl --context {cluster} -n {Manifests.Namespace} get svc {service} -o jsonpath='{{.spec.clusterIP}}'";

    /// <summary>The network namespace of the client's pod in a cluster.</summary>
    public async Task<string> ClientNamespaceAsync(string cluster, CancellationToken cancellationToken)
    {
        if (_clientNamespaces.TryGetValue(cluster, out var known))
        {
            return known;
        }
        var kubectl = $"kubectl --context {cluster} -n {Manifests.Namespace}";
        await RunAsync($"{kubectl} rollout status deploy/client --timeout=90s", null, cancellationToken);
        var address = await RunAsync($"{kubectl} get pod -l app=client -o jsonpath='{{.items[0].status.podIP}}'", null, cancellationToken);
        return _clientNamespaces[cluster] = Processes.NamespaceOf(address.Trim());
    }

    /// <summary>The pids of a cluster's silos.</summary>
    public IReadOnlyList<int> Silos(string cluster) => InCluster(cluster, SiloProgram);

    /// <summary>The pids of processes of a cluster's pods (and nodes) whose command line has <paramref name="program"/> in it.</summary>
    public IReadOnlyList<int> InCluster(string cluster, string program)
    {
        // Pods of cluster number n have addresses in 10.(10 n).0.0/16.
        var network = Names.ToList().IndexOf(cluster) switch { 0 => "10.10.", _ => "10.20." };
        return
        [
            .. Processes.Namespaces()
                .Where(name => name.StartsWith($"{options.Prefix}-{cluster}-", StringComparison.Ordinal) || Processes.HasAddress(name, network))
                .SelectMany(name => Processes.Running(program, name)).Distinct(),
        ];
    }

    /// <returns>What the command printed.</returns>
    /// <exception cref="InvalidOperationException">The command failed; the message has all its output.</exception>
    public async Task<string> RunAsync(string command, string? input = null, CancellationToken cancellationToken = default)
    {
        var result = await TryAsync(command, input, cancellationToken);
        return result.ExitCode == 0
            ? result.Output
            : throw new InvalidOperationException($"`{command}` ended with {result.ExitCode}:\n{result.Output}{result.Errors}");
    }

    public async Task<ShellResult> TryAsync(string command, string? input = null, CancellationToken cancellationToken = default)
    {
        if (input is not null)
        {
            var file = Path.Combine(Shell.WorkingDirectory, $"{Guid.NewGuid():N}.yaml");
            await File.WriteAllTextAsync(file, input, cancellationToken);
            command = $"{command} < '{file}'";
        }
        return await Shell.RunAsync(command, onLine: null, cancellationToken);
    }

    /// <returns>Whether a request is answered by the application.</returns>
    public static async Task<bool> AnswersAsync(HttpClient client, Uri uri, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await client.GetAsync(uri, cancellationToken);
            return response.IsSuccessStatusCode;
        }
        catch (Exception failure) when (failure is HttpRequestException || !cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (!_existing && !options.LeaveUp)
            {
                await DownAsync();
                if (options.State is null && Directory.Exists(_state))
                {
                    Directory.Delete(_state, recursive: true);
                }
            }
            else
            {
                log.WriteLine($"the clusters are left up; `./mesh sandbox down {SandboxOptions}` takes them down");
            }
        }
        finally
        {
            _shell?.Dispose();
        }
    }

    private async Task UntilMeshIsReadyAsync(string cluster, CancellationToken cancellationToken)
    {
        string[] wanted =
        [
            "statefulset mesh-silo -o jsonpath='{.status.readyReplicas}/{.spec.replicas}'",
            "daemonset mesh-proxy -o jsonpath='{.status.numberReady}/{.status.desiredNumberScheduled}'",
        ];
        foreach (var what in wanted)
        {
            var last = "";
            await EventuallyAsync(
                async () =>
                {
                    last = (await TryAsync($"kubectl --context {cluster} -n mesh-system get {what}", null, cancellationToken)).Output.Trim();
                    return last.Split('/') is [{ Length: > 0 } ready, var all] && ready == all && ready != "0";
                },
                Patience, $"{cluster}: {what.Split(' ')[1]} is not ready", cancellationToken);
        }
    }

    private static async Task EventuallyAsync(
        Func<Task<bool>> holds, TimeSpan within, string otherwise, CancellationToken cancellationToken)
    {
        try
        {
            await Eventually.Holds(holds, within, () => otherwise, cancellationToken);
        }
        catch (TimeoutException)
        {
            throw new FaultException($"{otherwise}, for {within.TotalSeconds:0} s. The clusters must be well before a fault.");
        }
    }

    private async Task DownAsync()
    {
        var down = await Shell.RunAsync($"mesh sandbox down {SandboxOptions}", null, CancellationToken.None);
        if (down.ExitCode != 0)
        {
            throw new FaultException($"mesh sandbox down failed:\n{down.Output}{down.Errors}");
        }
    }
}
