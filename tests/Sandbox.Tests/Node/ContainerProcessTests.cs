using Mesh.Sandbox.Network;
using Mesh.Sandbox.Node;

namespace Mesh.Sandbox.Tests.Node;

/// <summary>Real containers, as root.</summary>
public sealed class ContainerProcessTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("sandbox-test-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task StartAsync_Program_SeesItsOwnWorldAndLeavesTheMachineAlone()
    {
        var volume = Path.Combine(_directory, "volume");
        Directory.CreateDirectory(volume);
        var process = await StartAsync(
            "hostname; echo \"$GREETING\"; cat /etc/resolv.conf; cat /answers/file; ps -e | wc -l; echo hi >/data/written; mkdir /only-here; id -u; " +
            "echo $$; ls -A /root; ls -A /home; [ -d /run/netns ] || echo no netns; kill -l >/dev/null; echo \"$0\"",
            launch => launch with
            {
                Environment = new Dictionary<string, string> { ["PATH"] = "/usr/bin:/bin", ["GREETING"] = "it's \"me\" $HOME", ["dotted.name"] = "1" },
                Files = [new ContainerFile("/etc/resolv.conf", "nameserver 10.1.1.1\n"), new ContainerFile("/answers/file", "'42'\n")],
                Mounts = [new ContainerMount(volume, "/data")],
            });

        Assert.Equal(0, await process.Exited);
        Assert.Equal(
            ["pod-1", "it's \"me\" $HOME", "nameserver 10.1.1.1", "'42'", "4", "0", "1", "no netns", "sh"],
            (await File.ReadAllLinesAsync(Log, Cancel)).Select(l => l.Trim()));
        Assert.Equal("hi\n", await File.ReadAllTextAsync(Path.Combine(volume, "written"), Cancel));
        Assert.False(Directory.Exists("/only-here"));
        Assert.False(Directory.Exists("/answers"));
    }

    [Fact]
    public async Task Exited_MainProcessKilled_Is137()
    {
        var process = await StartAsync("sleep 1000");

        process.Kill();

        Assert.Equal(137, await process.Exited.WaitAsync(TimeSpan.FromSeconds(5), Cancel));
        Assert.False(process.Main.IsAlive());
    }

    [Fact]
    public async Task Exited_ExitCode_IsTheProgramsOwn() => Assert.Equal(3, await (await StartAsync("exit 3")).Exited);

    [Fact]
    public async Task Exited_ShimKilled_EndsTheContainer()
    {
        var process = await StartAsync("sleep 1000");
        var shim = Lifecycle.ProcessIdentityTests.Read(Paths.Shim);

        shim.Kill();

        Assert.Equal(137, await process.Exited.WaitAsync(TimeSpan.FromSeconds(5), Cancel));
        Assert.False(process.Main.IsAlive());
    }

    [Fact]
    public async Task Adopt_RunningContainer_SeesItsExit()
    {
        var started = await StartAsync("trap 'exit 7' TERM; echo up; while :; do sleep 0.05; done");
        await Mesh.Testing.Eventually.Holds(
            () => File.ReadAllText(Log).Contains("up"), TimeSpan.FromSeconds(5), () => File.ReadAllText(Log), Cancel);

        var adopted = ContainerProcess.Adopt(Paths);
        adopted!.Signal(15);

        Assert.Equal(7, await adopted.Exited.WaitAsync(TimeSpan.FromSeconds(5), Cancel));
        Assert.Equal(7, await started.Exited);
        Assert.Null(ContainerProcess.Adopt(Paths));
        Assert.Equal(7, ContainerProcess.ExitCode(Paths));
    }

    [Fact]
    public async Task StartAsync_MountSourceMissing_SaysWhy()
    {
        var exception = await Assert.ThrowsAsync<SandboxException>(() => StartAsync(
            "true", l => l with { Mounts = [new ContainerMount("/does/not/exist", "/data")] }));

        Assert.Contains("/does/not/exist", exception.Message);
    }

    [Fact]
    public async Task StartAsync_ReadOnlyRoot_CannotBeWritten()
    {
        var process = await StartAsync("touch /x 2>/dev/null && echo written; touch /tmp/x && echo tmp", l => l with { ReadOnlyRoot = true });

        await process.Exited;
        Assert.Equal("tmp\n", await File.ReadAllTextAsync(Log, Cancel));
    }

    [Fact]
    public async Task StartAsync_ListedCapabilities_AreAllItHas()
    {
        var process = await StartAsync(
            "grep -E 'Cap(Prm|Eff|Bnd)|NoNewPrivs' /proc/self/status; chown 1 /tmp 2>/dev/null || echo no chown",
            l => l with { Capabilities = ["NET_ADMIN", "SYS_ADMIN"], PrivilegeEscalation = false });

        Assert.Equal(0, await process.Exited);
        const string Mask = "0000000000201000"; // bits 12 and 21
        Assert.Equal(
            [$"CapPrm:\t{Mask}", $"CapEff:\t{Mask}", $"CapBnd:\t{Mask}", "NoNewPrivs:\t1", "no chown"],
            await File.ReadAllLinesAsync(Log, Cancel));
    }

    [Fact]
    public async Task StartAsync_UserWithoutCapabilities_HasNone()
    {
        var process = await StartAsync(
            "id -u; grep -E 'Cap(Prm|Eff|Bnd)' /proc/self/status", l => l with { User = 65532, Group = 65532, Capabilities = [] });

        Assert.Equal(0, await process.Exited);
        const string None = "0000000000000000";
        Assert.Equal(["65532", $"CapPrm:\t{None}", $"CapEff:\t{None}", $"CapBnd:\t{None}"], await File.ReadAllLinesAsync(Log, Cancel));
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Log => Path.Combine(_directory, "log", "0.log");

    private ContainerPaths Paths => new(Path.Combine(_directory, "0"), Log);

    private Task<ContainerProcess> StartAsync(string script, Func<ContainerLaunch, ContainerLaunch>? change = null)
    {
        var launch = new ContainerLaunch
        {
            Paths = Paths,
            Hostname = "pod-1",
            Command = ["sh", "-c", script],
            Environment = new Dictionary<string, string> { ["PATH"] = "/usr/bin:/bin" },
        };
        return ContainerProcess.StartAsync(change?.Invoke(launch) ?? launch, Cancel);
    }
}
