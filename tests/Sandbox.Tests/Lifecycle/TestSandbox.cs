using System.Text.Json.Nodes;
using Mesh.Sandbox.Lifecycle;
using Mesh.Sandbox.Network;

namespace Mesh.Sandbox.Tests.Lifecycle;

/// <summary>A sandbox of the tests' own, run by the real program, beside whatever else is up on the machine.</summary>
internal sealed class TestSandbox
{
    /// <summary>The program itself, not the copy beside the tests: what it starts must find the other programs' build output.</summary>
    private static readonly string Program = Path.Combine(
        DotnetProgram.BuildOutput, "Mesh.Sandbox", Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/')), "Mesh.Sandbox.dll");

    public TestSandbox()
    {
        Prefix = $"t{Guid.NewGuid().ToString("N")[..6]}";
        State = Path.Combine(Path.GetTempPath(), "sandbox-test-" + Prefix);
    }

    public string Prefix { get; }

    public string State { get; }

    public SandboxPlan Plan => SandboxState.Load(State)!.ToPlan(State);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async Task<CommandResult> RunAsync(params string[] arguments) => await ExternalCommand.RunAsync(
        DotnetProgram.Host, ["exec", Program, .. arguments, "--state", State, "--prefix", Prefix], null, Cancel);

    public async Task UpAsync(string clusters, int nodes)
    {
        var result = await RunAsync("up", "--clusters", clusters, "--nodes", $"{nodes}", "--no-merge-kubeconfig");
        Assert.True(result.Succeeded, result.Output + result.Error);
    }

    public async Task DownAsync()
    {
        var result = await RunAsync("down");
        Assert.True(result.Succeeded, result.Output + result.Error);
    }

    /// <summary>What of this sandbox can be found on the machine; empty when nothing is left.</summary>
    public IReadOnlyList<string> Traces() =>
    [
        .. NetworkNamespaces.Owned(Prefix).Select(n => $"network namespace {n}"),
        .. File.ReadLines("/proc/self/mountinfo").Where(l => l.Contains(State, StringComparison.Ordinal) || l.Contains($"/netns/{Prefix}-", StringComparison.Ordinal))
            .Select(l => $"mount {l}"),
        .. Processes().Select(p => $"process {p}"),
        .. Directory.Exists(State) ? [$"directory {State}"] : Array.Empty<string>(),
    ];

    public async Task<string> KubectlAsync(string cluster, string arguments, string? input = null)
    {
        var result = await TryKubectlAsync(cluster, arguments, input);
        return result.Succeeded ? result.Output : throw new InvalidOperationException($"kubectl {arguments}: {result.Error}");
    }

    public Task<CommandResult> TryKubectlAsync(string cluster, string arguments, string? input = null) => ExternalCommand.RunAsync(
        "kubectl", ["--kubeconfig", Path.Combine(State, "kubeconfig"), "--context", cluster, .. arguments.Split(' ')], input, Cancel);

    /// <summary>Applies a manifest once the namespace's default service account is there.</summary>
    public async Task ApplyAsync(string cluster, string manifest)
    {
        string? last = null;
        await Mesh.Testing.Eventually.Holds(async () =>
        {
            var result = await TryKubectlAsync(cluster, "apply -f -", manifest);
            last = result.Error;
            return result.Succeeded;
        }, TimeSpan.FromSeconds(15), () => last ?? "", Cancel);
    }

    public async Task<JsonNode> PodAsync(string cluster, string ns, string name) =>
        JsonNode.Parse(await KubectlAsync(cluster, $"-n {ns} get pod {name} -o json"))!;

    public async Task<JsonNode> PodUntilAsync(string cluster, string ns, string name, Func<JsonNode, bool> condition)
    {
        JsonNode? pod = null;
        await Mesh.Testing.Eventually.Holds(
            async () =>
            {
                var result = await TryKubectlAsync(cluster, $"-n {ns} get pod {name} -o json");
                pod = result.Succeeded ? JsonNode.Parse(result.Output) : null;
                return pod is not null && condition(pod);
            },
            TimeSpan.FromSeconds(30), () => pod?["status"]?.ToJsonString() ?? "no pod", Cancel);
        return pod!;
    }

    /// <summary>Runs a command in a network namespace of the sandbox.</summary>
    public static Task<CommandResult> InNamespaceAsync(string networkNamespace, params string[] command) =>
        ExternalCommand.RunAsync("nsenter", [$"--net={NetworkNamespaces.PathOf(networkNamespace)}", .. command], null, Cancel);

    public string PodNamespace(JsonNode pod) => SandboxPlan.PodNamespace(Prefix, (string)pod["metadata"]!["uid"]!);

    /// <summary>Process 1 of a container, seen from the machine.</summary>
    public ProcessIdentity MainProcess(string cluster, JsonNode pod, string container)
    {
        var node = Plan.Cluster(cluster).Nodes.Single(n => n.Name == (string?)pod["spec"]!["nodeName"]);
        var directory = Path.Combine(SandboxPaths.AgentDirectory(node), "pods", (string)pod["metadata"]!["uid"]!, "containers", container);
        var attempt = (int)pod["status"]!["containerStatuses"]!.AsArray().Single(c => (string?)c!["name"] == container)!["restartCount"]!;
        return ProcessIdentityTests.Read(Path.Combine(directory, $"{attempt}", "main"));
    }

    private IEnumerable<string> Processes()
    {
        foreach (var directory in Directory.EnumerateDirectories("/proc").Where(d => int.TryParse(Path.GetFileName(d), out _)))
        {
            string line;
            try
            {
                line = File.ReadAllText(Path.Combine(directory, "cmdline")).Replace('\0', ' ');
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                continue;
            }
            if (line.Contains(State, StringComparison.Ordinal))
            {
                yield return $"{Path.GetFileName(directory)} {line}";
            }
        }
    }
}
