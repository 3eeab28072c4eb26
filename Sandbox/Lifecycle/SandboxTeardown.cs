using Mesh.Sandbox.Network;

namespace Mesh.Sandbox.Lifecycle;

/// <summary>
/// Removes everything a sandbox made, whatever state it is in: it goes by what exists (namespaces of its prefix, processes in
/// them, its state directory), not by what should.
/// </summary>
internal sealed class SandboxTeardown(string prefix, string stateDirectory, TimeProvider time)
{
    private static readonly TimeSpan KillPatience = TimeSpan.FromSeconds(15);

    /// <summary>Returns whether there was anything to remove.</summary>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        var state = SandboxState.Load(stateDirectory);
        var namespaces = NetworkNamespaces.Owned(prefix);
        if (state is null && namespaces.Count == 0)
        {
            return false;
        }
        StopRecorded();
        await StopAllInAsync(prefix, cancellationToken);
        // An agent that was killed in the middle of starting a pod may have made one more.
        foreach (var name in NetworkNamespaces.Owned(prefix))
        {
            await NetworkNamespaces.DeleteAsync(name, cancellationToken);
        }
        await UnmountUnderStateAsync(cancellationToken);
        foreach (var path in new[] { state?.MergedInto, KubeconfigMerger.DefaultPath() }.OfType<string>().Distinct())
        {
            KubeconfigMerger.Remove(path, stateDirectory);
        }
        if (state is not null)
        {
            Directory.Delete(stateDirectory, recursive: true);
        }
        await NetworkNamespaces.ReleaseDirectoryAsync(cancellationToken);
        return true;
    }

    /// <summary>Agents first, so that nothing is started again.</summary>
    private void StopRecorded()
    {
        if (!Directory.Exists(stateDirectory))
        {
            return;
        }
        foreach (var cluster in Directory.EnumerateDirectories(stateDirectory))
        {
            var agents = Directory.EnumerateDirectories(cluster).Select(n => Path.Combine(n, "var/lib/kubelet/agent.pid"));
            foreach (var file in agents.Concat(Directory.EnumerateFiles(cluster, "*.pid")))
            {
                DetachedProcess.Running(file)?.Kill();
            }
        }
    }

    private async Task StopAllInAsync(string prefix, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        while (true)
        {
            var alive = NamespaceProcesses.In(NetworkNamespaces.Owned(prefix));
            if (alive.Count == 0)
            {
                return;
            }
            if (time.GetElapsedTime(start) > KillPatience)
            {
                throw new SandboxException(
                    $"these processes do not end although killed: {string.Join(", ", alive.Select(p => p.Pid))}. See what they wait for " +
                    "(cat /proc/PID/stack) and run down again.");
            }
            foreach (var process in alive)
            {
                process.Kill();
            }
            await Task.Delay(TimeSpan.FromMilliseconds(10), time, cancellationToken);
        }
    }

    private async Task UnmountUnderStateAsync(CancellationToken cancellationToken)
    {
        var points = File.ReadLines("/proc/self/mountinfo").Select(l => l.Split(' ')[4])
            .Where(p => p.StartsWith(stateDirectory + "/", StringComparison.Ordinal)).Reverse().ToList();
        foreach (var point in points)
        {
            await ExternalCommand.RunAsync("umount", ["-l", point], null, cancellationToken);
        }
    }
}
