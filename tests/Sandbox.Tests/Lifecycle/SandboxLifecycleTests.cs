using System.Diagnostics;
using Mesh.Sandbox.Lifecycle;
using Mesh.Sandbox.Network;

namespace Mesh.Sandbox.Tests.Lifecycle;

/// <summary>Bringing sandboxes up and down, whole and broken. Whatever happens, down leaves nothing.</summary>
public sealed class SandboxLifecycleTests : IAsyncLifetime
{
    private readonly TestSandbox _sandbox = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _sandbox.DownAsync();
        Assert.Empty(_sandbox.Traces());
    }

    [Fact]
    public async Task UpTwiceDownTwice_SaysSoAndLeavesNothing()
    {
        await _sandbox.UpAsync("solo", 1);
        Assert.Contains("solo-1", await _sandbox.KubectlAsync("solo", "get nodes"));
        Assert.NotEmpty(_sandbox.Traces());

        var again = await _sandbox.RunAsync("up", "--clusters", "solo", "--nodes", "1", "--no-merge-kubeconfig");
        Assert.True(again.Succeeded, again.Error);
        Assert.Contains("already up", again.Output);

        var other = await _sandbox.RunAsync("up", "--clusters", "solo,duo", "--nodes", "1", "--no-merge-kubeconfig");
        Assert.Equal(1, other.ExitCode);
        Assert.Contains("a different sandbox is up", other.Error);

        var status = await _sandbox.RunAsync("status");
        Assert.Equal(0, status.ExitCode);
        Assert.Contains("solo-1: agent running", status.Output);

        await _sandbox.DownAsync();
        Assert.Empty(_sandbox.Traces());
        var nothing = await _sandbox.RunAsync("down");
        Assert.Equal(0, nothing.ExitCode);
        Assert.Contains("nothing to do", nothing.Output);
        Assert.Equal(1, (await _sandbox.RunAsync("status")).ExitCode);
    }

    [Fact]
    public async Task Up_AfterEverythingWasKilled_RepairsIt()
    {
        await _sandbox.UpAsync("solo", 1);
        KillAllRecorded();
        Assert.Equal(1, (await _sandbox.RunAsync("status")).ExitCode);

        await _sandbox.UpAsync("solo", 1);

        Assert.Equal(0, (await _sandbox.RunAsync("status")).ExitCode);
        Assert.Contains("Ready", await _sandbox.KubectlAsync("solo", "get nodes"));
        await _sandbox.ApplyAsync("solo", SandboxFixture.Pod(
            "lookup", "solo-1", "until getent hosts kubernetes.default.svc.cluster.local; do sleep 0.1; done; touch /found; exec sleep 1000",
            "readinessProbe: {exec: {command: [cat, /found]}, periodSeconds: 1}"));
        await _sandbox.PodUntilAsync("solo", SandboxFixture.Namespace, "lookup", SandboxFixture.IsReady);
    }

    [Fact]
    public async Task Down_AfterACrashWithPods_LeavesNothing()
    {
        await _sandbox.UpAsync("solo", 1);
        await _sandbox.ApplyAsync("solo", SandboxFixture.Pod("sleeper", "solo-1", "exec sleep 1000"));
        var pod = await _sandbox.PodUntilAsync("solo", SandboxFixture.Namespace, "sleeper", SandboxFixture.IsReady);
        var process = _sandbox.MainProcess("solo", pod, "main");
        KillAllRecorded();
        Assert.True(process.IsAlive());

        await _sandbox.DownAsync();

        Assert.False(process.IsAlive());
        Assert.Empty(_sandbox.Traces());
    }

    [Fact]
    public async Task Down_AfterUpWasKilledHalfway_LeavesNothing()
    {
        var start = new ProcessStartInfo(DotnetProgram.Host,
            ["exec", DotnetProgram.Find("Mesh.Sandbox")!, "up", "--no-merge-kubeconfig", "--state", _sandbox.State, "--prefix", _sandbox.Prefix])
        {
            RedirectStandardOutput = true,
        };
        using var up = Process.Start(start)!;
        // As soon as the network is there, in the middle of starting processes.
        while (await up.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line && !line.Contains("network", StringComparison.Ordinal))
        {
        }
        up.Kill();
        await up.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.NotEmpty(_sandbox.Traces());

        await _sandbox.DownAsync();

        Assert.Empty(_sandbox.Traces());
    }

    [Fact]
    public async Task Up_NamespacesLeftWithoutState_AreReplaced()
    {
        await NetworkNamespaces.CreateAsync($"{_sandbox.Prefix}-fabric", TestContext.Current.CancellationToken);

        await _sandbox.UpAsync("solo", 1);

        Assert.Contains("solo-1", await _sandbox.KubectlAsync("solo", "get nodes"));
    }

    [Theory]
    [InlineData("up --clusters East", "cluster name 'East'")]
    [InlineData("up --nodes none", "--nodes takes a number")]
    [InlineData("up --nonsense", "unknown option --nonsense")]
    [InlineData("up now", "'now' is not expected")]
    [InlineData("cut east", "cut takes two names")]
    [InlineData("cut east west", "no sandbox is up")]
    [InlineData("heal", "no sandbox is up")]
    public async Task Run_BadCommand_SaysWhatIsWrongAndChangesNothing(string command, string expected)
    {
        var result = await _sandbox.RunAsync(command.Split(' '));

        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains(expected, result.Error);
        Assert.Empty(_sandbox.Traces());
    }

    private void KillAllRecorded()
    {
        foreach (var file in Directory.EnumerateFiles(_sandbox.State, "*.pid", SearchOption.AllDirectories))
        {
            DetachedProcess.Running(file)?.Kill();
        }
    }
}
