using System.Diagnostics;
using Mesh.Sandbox.Lifecycle;
using Mesh.Sandbox.Network;

namespace Mesh.Sandbox.Node;

/// <summary>
/// A mount namespace in which the node's directories are where programs of a node look for them (/opt/cni/bin, /run/mesh, …). A sleeping
/// process holds it; commands enter it.
/// </summary>
internal sealed class NodeView(string nodeDirectory, string agentDirectory)
{
    private static readonly string[] Directories = ["/etc/cni/net.d", "/opt/cni/bin", "/run/mesh", "/var/lib/mesh", "/var/lib/cni"];
    private readonly SemaphoreSlim _lock = new(1);
    private ProcessIdentity? _holder;

    private string PidPath => Path.Combine(agentDirectory, "view.pid");

    /// <summary>Runs a program in the view, in the agent's network namespace.</summary>
    public async Task<CommandResult> RunAsync(
        IEnumerable<string> command, IReadOnlyDictionary<string, string> environment, string input, CancellationToken cancellationToken)
    {
        var holder = await HolderAsync(cancellationToken);
        var start = new ProcessStartInfo("nsenter", [$"--target={holder.Pid}", "--mount", "--", .. command])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }
        return await ExternalCommand.RunAsync(start, input, cancellationToken);
    }

    private async Task<ProcessIdentity> HolderAsync(CancellationToken cancellationToken)
    {
        await _lock.WaitAsync(cancellationToken);
        try
        {
            if (_holder is { } held && held.IsAlive())
            {
                return held;
            }
            // One of an earlier agent may show directories that have been replaced since.
            DetachedProcess.Running(PidPath)?.Kill();
            _holder = await StartHolderAsync();
            return _holder.Value;
        }
        finally
        {
            _lock.Release();
        }
    }

    private async Task<ProcessIdentity> StartHolderAsync()
    {
        var mounts = Directories.Select(d => new ContainerMount(Path.Join(nodeDirectory, d), d)).Append(new ContainerMount("/run/netns", "/run/netns"));
        var script = Path.Combine(agentDirectory, "view.sh");
        var errors = Path.Combine(agentDirectory, "view.errors");
        await File.WriteAllTextAsync(script, ContainerScript.NodeView(Path.Combine(agentDirectory, "view"), mounts));
        var start = new ProcessStartInfo("setsid",
            ["sh", "-c", "exec unshare --mount --propagation slave sh \"$0\" 2>\"$1\" </dev/null", script, errors])
        {
            RedirectStandardOutput = true,
            WorkingDirectory = "/",
        };
        start.Environment["PATH"] = ExternalCommand.SearchPath;
        using var process = Process.Start(start)!;
        if (await process.StandardOutput.ReadLineAsync() != "ready" || ProcessIdentity.Of(process.Id) is not { } identity)
        {
            throw new SandboxException($"cannot set up the node's view of its directories: {(await File.ReadAllTextAsync(errors)).Trim()}");
        }
        await File.WriteAllTextAsync(PidPath, identity.ToString());
        return identity;
    }
}
