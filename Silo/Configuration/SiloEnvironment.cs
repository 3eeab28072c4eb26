using System.Collections;

namespace Mesh.Silo.Configuration;

/// <summary>The environment variables a silo reads and the settings they stand for.</summary>
public static class SiloEnvironment
{
    private static readonly Dictionary<string, string> Settings = new(StringComparer.Ordinal)
    {
        ["MESH_CLUSTER_NAME"] = nameof(SiloOptions.ClusterName),
        ["MESH_TRUST_DOMAIN"] = nameof(SiloOptions.TrustDomain),
        ["MESH_CLUSTER_DOMAIN"] = nameof(SiloOptions.ClusterDomain),
        ["MESH_DEFAULT_INBOUND_POLICY"] = nameof(SiloOptions.DefaultInboundPolicy),
        ["MESH_CLUSTER_NETWORKS"] = nameof(SiloOptions.ClusterNetworks),
        ["MESH_LOG_LEVEL"] = nameof(SiloOptions.LogLevel),
        ["MESH_SEEDS"] = nameof(SiloOptions.Seeds),
        ["POD_IP"] = nameof(SiloOptions.PodIp),
        ["POD_NAME"] = nameof(SiloOptions.PodName),
        ["POD_NAMESPACE"] = nameof(SiloOptions.PodNamespace),
        ["NODE_NAME"] = nameof(SiloOptions.NodeName),
    };

    /// <summary>The names, for the documentation and the manifests' test.</summary>
    public static IReadOnlyCollection<string> Names => Settings.Keys;

    /// <param name="environment">The process's environment.</param>
    /// <returns>Configuration entries for those variables that are set and not empty.</returns>
    public static IReadOnlyDictionary<string, string?> Read(IDictionary environment) =>
        Settings
            .Select(s => (Key: $"{SiloOptions.Section}:{s.Value}", Value: environment[s.Key] as string))
            .Where(s => !string.IsNullOrEmpty(s.Value))
            .ToDictionary(s => s.Key, s => s.Value);
}
