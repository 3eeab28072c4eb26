using System.Text;
using Mesh.Cli.CommandLine;
using Mesh.Cli.Identity;
using Mesh.Kubernetes;
using Mesh.Kubernetes.Resources;

namespace Mesh.Cli.Install;

/// <summary>What a cluster has from an earlier <c>mesh install</c>. Installing again must not give it another identity.</summary>
/// <param name="ClusterName">Null when it does not say.</param>
/// <param name="Identity">Null when it has none, or only a part.</param>
internal sealed record InstalledMesh(string? ClusterName, IdentityMaterial? Identity)
{
    public static async Task<InstalledMesh> ReadAsync(KubernetesClient kubernetes, string ns, CancellationToken cancellationToken)
    {
        var config = await kubernetes.GetOrNullAsync<ConfigMap>(ns, MeshNames.ConfigMap, cancellationToken);
        var roots = await kubernetes.GetOrNullAsync<ConfigMap>(ns, MeshNames.TrustRoots, cancellationToken);
        var issuer = await kubernetes.GetOrNullAsync<Secret>(ns, MeshNames.IssuerSecret, cancellationToken);
        var identity = roots?.Data.GetValueOrDefault(MeshNames.TrustBundleKey) is { } anchors
            && issuer?.Data.GetValueOrDefault("tls.crt") is { } certificate
            && issuer.Data.GetValueOrDefault("tls.key") is { } key
                ? new IdentityMaterial(anchors, Encoding.UTF8.GetString(certificate), Encoding.UTF8.GetString(key))
                : null;
        return new InstalledMesh(config?.Data.GetValueOrDefault("clusterName"), identity);
    }
}
