using Mesh.Sandbox.Network;

namespace Mesh.Sandbox.Lifecycle;

/// <summary>The directory that is a node's root file system for what concerns hostPath volumes and CNI.</summary>
internal static class NodeDirectory
{
    /// <summary>Where distributions put the standard CNI plugins.</summary>
    private static readonly string[] CniDirectories = ["/usr/lib/cni", "/opt/cni/bin"];

    /// <summary>The installed standard plugins; null when they are missing.</summary>
    public static string? StandardCniPlugins => CniDirectories.FirstOrDefault(d => File.Exists(Path.Combine(d, "ptp")));

    public static void Create(SandboxPlan plan, ClusterPlan cluster, NodePlan node)
    {
        foreach (var directory in new[] { "etc/cni/net.d", "opt/cni/bin", "run/mesh", "var/lib/mesh", "var/lib/cni", "var/log/pods", "var/lib/kubelet/pods" })
        {
            Directory.CreateDirectory(Path.Combine(node.Directory, directory));
        }
        // ptp and not bridge: every packet of a pod is then routed by the node, so that ClusterIP rewriting is undone on the way back.
        File.WriteAllText(Path.Combine(node.Directory, "etc/cni/net.d/10-sandbox.conflist"), $$"""
            {
              "cniVersion": "0.4.0",
              "name": "sandbox",
              "plugins": [
                {
                  "type": "ptp",
                  "ipMasq": false,
                  "ipam": {
                    "type": "host-local",
                    "dataDir": "/var/lib/cni",
                    "ranges": [{{string.Join(", ", node.PodNetworks.Select(network => $"[{{ \"subnet\": \"{network}\" }}]"))}}],
                    "routes": [{ "dst": "0.0.0.0/0" }{{(node.PodNetwork6 is null ? "" : ", { \"dst\": \"::/0\" }")}}]
                  }
                }
              ]
            }

            """);
    }
}
