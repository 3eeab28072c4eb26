using Mesh.Sandbox.Network;

namespace Mesh.Sandbox.Lifecycle;

/// <summary>One of the programs a sandbox consists of.</summary>
/// <param name="Title">What status calls it.</param>
/// <param name="NetworkNamespace">Where it runs.</param>
/// <param name="PidPath">Its pid file.</param>
/// <param name="LogPath">Where its output goes.</param>
/// <param name="Arguments">What this program is started with to become it.</param>
/// <param name="ReadyPath">The file it makes when it is ready, if it makes one.</param>
internal sealed record SandboxProcess(
    string Title, string NetworkNamespace, string PidPath, string LogPath, IReadOnlyList<string> Arguments, string? ReadyPath = null)
{
    public bool IsRunning => DetachedProcess.Running(PidPath) is not null;

    public bool IsReady => ReadyPath is null || File.Exists(ReadyPath);

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (ReadyPath is not null)
        {
            File.Delete(ReadyPath);
        }
        return DetachedProcess.StartSelfAsync(NetworkNamespace, Arguments, LogPath, PidPath, cancellationToken);
    }

    public static SandboxProcess ApiServer(ClusterPlan cluster, int listenHandle, int publicPort) => new(
        $"{cluster.Name} API server", cluster.ControlPlaneNamespace, SandboxPaths.ApiServerPid(cluster), SandboxPaths.ApiServerLog(cluster),
        [
            "apiserver", "--cluster", cluster.Name, "--address", $"{cluster.ControlPlaneAddress}", "--port", $"{ClusterPlan.ApiPort}",
            "--listen-handle", $"{listenHandle}", "--public-port", $"{publicPort}", "--pki", cluster.PkiDirectory,
            "--service-cidr", string.Join(',', cluster.ServiceNetworks), "--pod-cidr", $"{cluster.PodNetwork}",
            "--data", SandboxPaths.ApiServerData(cluster), "--faults", SandboxPaths.ApiServerFaults(cluster),
        ]);

    public static SandboxProcess Dns(SandboxPlan plan, ClusterPlan cluster) => new(
        $"{cluster.Name} DNS", cluster.ControlPlaneNamespace, SandboxPaths.DnsPid(cluster), SandboxPaths.DnsLog(cluster),
        ["dns", "--state", plan.StateDirectory, "--cluster", cluster.Name]);

    public static SandboxProcess Agent(SandboxPlan plan, ClusterPlan cluster, NodePlan node) => new(
        $"{node.Name} agent", node.NetworkNamespace, SandboxPaths.AgentPid(node), SandboxPaths.AgentLog(node),
        ["node", "--state", plan.StateDirectory, "--cluster", cluster.Name, "--node", node.Name],
        SandboxPaths.AgentReady(node));
}
