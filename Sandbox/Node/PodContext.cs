using System.Net;
using Mesh.Kubernetes;
using Mesh.Sandbox.Network;

namespace Mesh.Sandbox.Node;

/// <summary>What all pods of a node share.</summary>
internal sealed record PodContext
{
    public required SandboxPlan Plan { get; init; }

    public required ClusterPlan Cluster { get; init; }

    public required NodePlan Node { get; init; }

    public required KubernetesClient Client { get; init; }

    public required ClusterObjects Objects { get; init; }

    public required ServiceAccountTokens Tokens { get; init; }

    public required CniChain Cni { get; init; }

    public required EventRecorder Events { get; init; }

    public required ProbeClient Probes { get; init; }

    public required ILoggerFactory Loggers { get; init; }

    public required TimeProvider Time { get; init; }

    public string NodeAddress => Node.Address.ToString();

    public IPAddress ApiServiceAddress => Cluster.ApiServiceAddress;

    public string PodsDirectory => Path.Join(Node.Directory, "var/lib/kubelet/pods");

    public string PodDirectory(string uid) => Path.Join(PodsDirectory, uid);

    /// <summary>As on a real node: /var/log/pods/namespace_name_uid/container/n.log.</summary>
    public string LogDirectory(string ns, string pod, string uid) => Path.Join(Node.Directory, "var/log/pods", $"{ns}_{pod}_{uid}");
}
