using System.Diagnostics;
using System.Globalization;
using Mesh.Sandbox.Lifecycle;
using Mesh.Sandbox.Network;

namespace Mesh.Sandbox.Node;

/// <summary>One running container: its main process and the shim that waits for it.</summary>
internal sealed class ContainerProcess
{
    private const int KilledExitCode = 137;
    private readonly ContainerPaths _paths;
    private readonly ProcessIdentity _shim;

    private ContainerProcess(ContainerPaths paths, ProcessIdentity shim, ProcessIdentity main)
    {
        _paths = paths;
        _shim = shim;
        Main = main;
        Exited = WaitAsync();
    }

    /// <summary>Process 1 of the container, as seen from the node.</summary>
    public ProcessIdentity Main { get; }

    /// <summary>The exit code, as soon as the container has ended: 128 + n when killed by signal n.</summary>
    public Task<int> Exited { get; }

    /// <exception cref="SandboxException">The container could not be set up; its words say why.</exception>
    public static async Task<ContainerProcess> StartAsync(ContainerLaunch launch, CancellationToken cancellationToken)
    {
        var paths = launch.Paths;
        Directory.CreateDirectory(paths.Directory);
        Directory.CreateDirectory(Path.GetDirectoryName(paths.Log)!);
        await File.WriteAllTextAsync(paths.Script, ContainerScript.Container(launch), cancellationToken);
        string[] enter = launch.NetworkNamespace is { } network ? ["nsenter", $"--net={network}"] : [];
        var start = new ProcessStartInfo("setsid",
        [
            .. enter, "unshare", "--mount", "--propagation", "slave", "--pid", "--uts", "--ipc",
            "sh", "-c", ContainerScript.Shim, "shim", paths.Directory, paths.Log, paths.Script,
        ])
        {
            RedirectStandardOutput = true,
            WorkingDirectory = "/",
        };
        start.Environment["PATH"] = ExternalCommand.SearchPath;
        using var process = Process.Start(start)!;
        // Not cancellable: once there is a process it must be known.
        var line = await process.StandardOutput.ReadLineAsync(CancellationToken.None);
        if (line is not null && ProcessIdentity.FromStat(line) is { } main && ReadIdentity(paths.Shim) is { } shim)
        {
            await File.WriteAllTextAsync(paths.Main, line, CancellationToken.None);
            return new ContainerProcess(paths, shim, main);
        }
        var errors = File.Exists(paths.SetupErrors) ? (await File.ReadAllTextAsync(paths.SetupErrors, CancellationToken.None)).Trim() : "";
        throw new SandboxException($"the container could not be set up: {(errors.Length > 0 ? errors : "its process ended at once")}");
    }

    /// <summary>Takes over a container that an earlier agent started; null when it has ended or never really began.</summary>
    public static ContainerProcess? Adopt(ContainerPaths paths) =>
        ReadIdentity(paths.Shim) is { } shim && ReadIdentity(paths.Main) is { } main && shim.IsAlive()
            ? new ContainerProcess(paths, shim, main)
            : null;

    /// <summary>The exit code an ended container left; null when it left none.</summary>
    public static int? ExitCode(ContainerPaths paths) =>
        File.Exists(paths.Exit) && int.TryParse(File.ReadAllText(paths.Exit).Trim(), CultureInfo.InvariantCulture, out var code) ? code : null;

    public void Signal(int signal) => Main.Signal(signal);

    public void Kill() => Main.Kill();

    private async Task<int> WaitAsync()
    {
        await ProcessExits.WaitAsync(_shim);
        if (ExitCode(_paths) is { } code)
        {
            return code;
        }
        // Somebody killed the shim: the container must not run on unwatched.
        Main.Kill();
        await ProcessExits.WaitAsync(Main);
        return KilledExitCode;
    }

    private static ProcessIdentity? ReadIdentity(string path) =>
        File.Exists(path) ? ProcessIdentity.FromStat(File.ReadAllText(path)) : null;
}
