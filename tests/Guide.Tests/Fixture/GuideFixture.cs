using Mesh.Cli.Demo;
using Mesh.Kubernetes;
using Mesh.Kubernetes.Configuration;
using Mesh.Testing;

namespace Mesh.Guide.Tests.Fixture;

/// <summary>
/// The demo, run as a person runs it but in a sandbox of its own, and left up for the other tests. Taken down at the end, whatever
/// happened; the last test run leaves nothing behind. While writing a test it is quicker to run the demo once with <c>--leave-up --state
/// DIR --prefix NAME</c> and to name it in MESH_GUIDE_SANDBOX=DIR,NAME: then the tests use it and leave it alone.
/// </summary>
public sealed class GuideFixture : IAsyncLifetime
{
    private static readonly string[]? Existing = Environment.GetEnvironmentVariable("MESH_GUIDE_SANDBOX")?.Split(',');

    private static readonly string Prefix = Existing?[1] ?? "meshtest";

    // Bringing everything up takes about a minute, and the rates the demo waits for are over a minute.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(8);

    private readonly string _state = Existing?[0] ?? Directory.CreateTempSubdirectory("mesh-guide-tests-").FullName;
    private DemoShell? _shell;

    /// <summary>Everything the demo printed.</summary>
    public string Transcript { get; private set; } = "";

    public int ExitCode { get; private set; }

    /// <summary>Names this sandbox to <c>mesh sandbox</c>.</summary>
    public string SandboxOptions => $"--state '{_state}' --prefix {Prefix}";

    internal SandboxProcesses Processes { get; } = new(Prefix);

    private DemoShell Shell => _shell ?? throw new InvalidOperationException("The fixture is not initialized.");

    public async ValueTask InitializeAsync()
    {
        Assert.True(Environment.IsPrivilegedProcess, "These tests make network namespaces: run them as root.");
        using var patience = new CancellationTokenSource(Patience);
        _shell = new DemoShell(Path.Combine(_state, "kubeconfig"));
        if (Existing is not null)
        {
            return;
        }
        await DownAsync();
        var demo = await Shell.RunAsync(
            $"mesh demo --dual-stack --leave-up --state '{_state}' --prefix {Prefix}", Console.Error.WriteLine, patience.Token);
        ExitCode = demo.ExitCode;
        Transcript = demo.Output + demo.Errors;
        if (ExitCode == 0)
        {
            // The demo ends with a service that was gone for a moment.
            await SlowCookerSettlesAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_shell is null)
        {
            return;
        }
        if (Existing is not null)
        {
            _shell.Dispose();
            return;
        }
        try
        {
            await DownAsync();
            Assert.Empty(Processes.Namespaces());
        }
        finally
        {
            _shell.Dispose();
            if (Directory.Exists(_state))
            {
                Directory.Delete(_state, recursive: true);
            }
        }
    }

    /// <returns>What the command printed.</returns>
    /// <exception cref="InvalidOperationException">The command failed; the message has all its output.</exception>
    public async Task<string> RunAsync(string command, string? input = null)
    {
        var result = await TryAsync(command, input);
        return result.ExitCode == 0
            ? result.Output
            : throw new InvalidOperationException($"`{command}` ended with {result.ExitCode}:\n{result.Output}{result.Errors}");
    }

    internal async Task<ShellResult> TryAsync(string command, string? input = null)
    {
        if (input is not null)
        {
            var file = Path.Combine(Shell.WorkingDirectory, $"{Guid.NewGuid():N}.yaml");
            await File.WriteAllTextAsync(file, input, TestContext.Current.CancellationToken);
            command = $"{command} < '{file}'";
        }
        return await Shell.RunAsync(command, onLine: null, TestContext.Current.CancellationToken);
    }

    /// <summary>Waits until a command's output fulfils a condition; when it does not, the failure shows the last output.</summary>
    public async Task<string> UntilAsync(string command, Func<string, bool> holds, TimeSpan? within = null)
    {
        var last = "";
        await Eventually.Holds(
            async () =>
            {
                var result = await TryAsync(command);
                last = result.Output + result.Errors;
                return result.ExitCode == 0 && holds(result.Output);
            },
            within ?? TimeSpan.FromSeconds(60),
            () => $"`{command}` says\n{last}",
            TestContext.Current.CancellationToken);
        return last;
    }

    /// <returns>A client for one of the two clusters, as its administrator.</returns>
    public KubernetesClient Client(string context) =>
        new(ClusterConnection.FromKubeconfig(Path.Combine(_state, "kubeconfig"), context));

    /// <returns>The ClusterIP of a service in mc-demo, once it exists.</returns>
    public async Task<string> ClusterIpAsync(string context, string service) =>
        (await UntilAsync(
            $"kubectl --context {context} -n mc-demo get svc {service} -o jsonpath='{{.spec.clusterIP}}'", text => text.Length > 0)).Trim();

    /// <returns>The network namespace of slow-cooker's pod in west.</returns>
    public async Task<string> SlowCookerNamespaceAsync() =>
        Processes.NamespaceOf((await RunAsync(
            "kubectl --context west -n mc-demo get pod -l app=slow-cooker -o jsonpath='{.items[0].status.podIP}'")).Trim());

    /// <returns>slow-cooker's totals; it prints the first ones ten seconds after it starts.</returns>
    internal async Task<SlowCookerReport> SlowCookerAsync() =>
        SlowCookerReport.Parse(await UntilAsync(
            "kubectl --context west -n mc-demo logs deploy/slow-cooker --tail=5", text => SlowCookerReport.Parse(text) is not null))!;

    /// <summary>
    /// Waits until slow-cooker has nothing more to report of failures there were. Its log has totals every ten seconds, so what failed a
    /// moment ago would otherwise be counted against the next test.
    /// </summary>
    internal async Task SlowCookerSettlesAsync()
    {
        SlowCookerReport? before = null;
        await Eventually.Holds(
            async () =>
            {
                var now = await SlowCookerAsync();
                var settled = before is not null && now.Good > before.Good && (now.Bad, now.Failed) == (before.Bad, before.Failed);
                before = now;
                if (!settled)
                {
                    await UntilAsync(
                        "kubectl --context west -n mc-demo logs deploy/slow-cooker --tail=1",
                        text => SlowCookerReport.Parse(text) is { } next && next != now);
                }
                return settled;
            },
            TimeSpan.FromSeconds(90), () => $"slow-cooker says {before}", TestContext.Current.CancellationToken);
    }

    private async Task DownAsync()
    {
        var down = await Shell.RunAsync($"mesh sandbox down {SandboxOptions}", null, CancellationToken.None);
        Assert.True(down.ExitCode == 0, $"mesh sandbox down failed:\n{down.Output}{down.Errors}");
    }
}
