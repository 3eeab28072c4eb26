using Mesh.Sandbox.Network;

namespace Mesh.Sandbox.Lifecycle;

/// <summary>Where the files of each of the sandbox's processes are.</summary>
internal static class SandboxPaths
{
    public static string ApiServerPid(ClusterPlan cluster) => Path.Combine(cluster.Directory, "apiserver.pid");

    public static string ApiServerLog(ClusterPlan cluster) => Path.Combine(cluster.Directory, "apiserver.log");

    /// <summary>The API server's objects while it does not run.</summary>
    public static string ApiServerData(ClusterPlan cluster) => Path.Combine(cluster.Directory, "apiserver.data");

    /// <summary>What is wrong with the API server on purpose.</summary>
    public static string ApiServerFaults(ClusterPlan cluster) => Path.Combine(cluster.Directory, "apiserver.faults");

    public static string DnsPid(ClusterPlan cluster) => Path.Combine(cluster.Directory, "dns.pid");

    public static string DnsLog(ClusterPlan cluster) => Path.Combine(cluster.Directory, "dns.log");

    public static string DnsDirectory(ClusterPlan cluster) => Path.Combine(cluster.Directory, "dns");

    public static string ComponentKubeconfig(ClusterPlan cluster, string component) =>
        Path.Combine(cluster.PkiDirectory, component + ".kubeconfig");

    /// <summary>The agent's own files lie where a kubelet's would, under the node's root.</summary>
    public static string AgentDirectory(NodePlan node) => Path.Combine(node.Directory, "var/lib/kubelet");

    public static string AgentPid(NodePlan node) => Path.Combine(AgentDirectory(node), "agent.pid");

    /// <summary>Exists when the agent that runs now has reported its node Ready.</summary>
    public static string AgentReady(NodePlan node) => Path.Combine(AgentDirectory(node), "agent.ready");

    public static string AgentLog(NodePlan node) => Path.Combine(AgentDirectory(node), "agent.log");
}
