using System.Text;
using Mesh.Sandbox.Network;

namespace Mesh.Sandbox.Lifecycle;

/// <summary>Writes the credentials of the sandbox's clusters as kubeconfig files.</summary>
internal static class Kubeconfig
{
    /// <summary>The name of the extension that marks a cluster entry as a sandbox's; its value says which.</summary>
    public const string OwnerExtension = "mesh-sandbox";

    /// <summary>For the person: one context per cluster, through the machine's loopback.</summary>
    public static string ForPerson(SandboxPlan plan, IReadOnlyDictionary<string, int> ports)
    {
        var entries = plan.Clusters.Select(c => (Cluster: c, Server: $"https://127.0.0.1:{ports[c.Name]}", Certificate: "admin")).ToList();
        return Render(entries, plan.StateDirectory);
    }

    /// <summary>For a process inside the sandbox: straight to the control plane's address.</summary>
    public static string ForComponent(SandboxPlan plan, ClusterPlan cluster, string certificate) =>
        Render([(cluster, $"https://{cluster.ControlPlaneAddress}:{ClusterPlan.ApiPort}", certificate)], plan.StateDirectory);

    private static string Render(IReadOnlyList<(ClusterPlan Cluster, string Server, string Certificate)> entries, string state)
    {
        var text = new StringBuilder("apiVersion: v1\nkind: Config\npreferences: {}\n");
        text.Append($"current-context: {entries[0].Cluster.Name}\nclusters:\n");
        foreach (var (cluster, server, _) in entries)
        {
            text.Append($"- name: {cluster.Name}\n  cluster:\n    server: {server}\n");
            text.Append($"    certificate-authority-data: {Data(cluster, "ca.crt")}\n");
            text.Append($"    extensions:\n    - name: {OwnerExtension}\n      extension:\n        state: {state}\n");
        }
        text.Append("contexts:\n");
        foreach (var (cluster, _, _) in entries)
        {
            text.Append($"- name: {cluster.Name}\n  context:\n    cluster: {cluster.Name}\n    user: {cluster.Name}\n");
        }
        text.Append("users:\n");
        foreach (var (cluster, _, certificate) in entries)
        {
            text.Append($"- name: {cluster.Name}\n  user:\n    client-certificate-data: {Data(cluster, certificate + ".crt")}\n");
            text.Append($"    client-key-data: {Data(cluster, certificate + ".key")}\n");
        }
        return text.ToString();
    }

    private static string Data(ClusterPlan cluster, string file) =>
        Convert.ToBase64String(File.ReadAllBytes(Path.Combine(cluster.PkiDirectory, file)));
}
