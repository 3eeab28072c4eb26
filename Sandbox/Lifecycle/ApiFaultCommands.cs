using System.Globalization;
using Mesh.Sandbox.Network;

namespace Mesh.Sandbox.Lifecycle;

/// <summary><c>mesh sandbox api …</c>: what can be wrong with a cluster's API server.</summary>
internal static class ApiFaultCommands
{
    private const int Sigterm = 15;

    private const string Usage = "api takes a cluster and one of stop, start, slow <ms>, stall, ok";

    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(20);

    public static async Task<int> RunAsync(string[] arguments, CancellationToken cancellationToken)
    {
        var line = new CommandLine(arguments, ["state", "prefix"], []);
        if (line.Rest.Count < 2)
        {
            throw new UsageException(Usage);
        }
        SandboxCommands.RequireRoot("api");
        var (plan, state) = SandboxCommands.Existing(line);
        var cluster = plan.Cluster(line.Rest[0]);
        var file = SandboxPaths.ApiServerFaults(cluster);
        switch (line.Rest.Skip(1).ToArray())
        {
            case ["stop"]:
                await StopAsync(cluster, cancellationToken);
                break;
            case ["start"]:
                await new SandboxLifecycle(Console.Out, TimeProvider.System)
                    .StartApiServerAsync(plan, cluster, state.Ports[cluster.Name], cancellationToken);
                break;
            case ["slow", var text] when int.TryParse(text, CultureInfo.InvariantCulture, out var milliseconds) && milliseconds > 0:
                await File.WriteAllTextAsync(file, $"slow {text}", cancellationToken);
                break;
            case ["stall"]:
                await File.WriteAllTextAsync(file, "stall", cancellationToken);
                break;
            case ["ok"]:
                File.Delete(file);
                break;
            default:
                throw new UsageException(Usage);
        }
        Console.WriteLine($"{cluster.Name}: API server {string.Join(' ', line.Rest.Skip(1))}");
        return 0;
    }

    /// <summary>Asks it to end, and returns when it has, its objects written down.</summary>
    private static async Task StopAsync(ClusterPlan cluster, CancellationToken cancellationToken)
    {
        if (DetachedProcess.Running(SandboxPaths.ApiServerPid(cluster)) is not { } process)
        {
            return;
        }
        process.Signal(Sigterm);
        var time = TimeProvider.System;
        var start = time.GetTimestamp();
        while (process.IsAlive())
        {
            if (time.GetElapsedTime(start) > StopPatience)
            {
                throw new SandboxException($"the API server of {cluster.Name} (pid {process.Pid}) does not end; see {SandboxPaths.ApiServerLog(cluster)}");
            }
            await Task.Delay(TimeSpan.FromMilliseconds(20), time, cancellationToken);
        }
    }
}
