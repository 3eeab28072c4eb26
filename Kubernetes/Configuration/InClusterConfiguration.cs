using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Mesh.Kubernetes.Configuration;

/// <summary>The API server as a pod sees it: address from the environment, token and authority from the service-account mount.</summary>
internal static class InClusterConfiguration
{
    private const string DefaultMount = "/var/run/secrets/kubernetes.io/serviceaccount";
    private const string Host = "KUBERNETES_SERVICE_HOST";
    private const string Port = "KUBERNETES_SERVICE_PORT";

    public static bool IsInCluster => Environment.GetEnvironmentVariable(Host) is { Length: > 0 };

    /// <exception cref="KubernetesConfigurationException">This is no pod, or its service account is not mounted.</exception>
    public static ClusterConnection Load() => Load(Environment.GetEnvironmentVariable, DefaultMount);

    internal static ClusterConnection Load(Func<string, string?> environment, string mount)
    {
        var host = environment(Host);
        if (string.IsNullOrEmpty(host))
        {
            throw new KubernetesConfigurationException(
                $"This does not run in a pod ({Host} is not set). Outside of a cluster give a kubeconfig instead.");
        }
        var port = environment(Port) is { Length: > 0 } given ? given : "443";
        var address = host.Contains(':') ? $"https://[{host}]:{port}/" : $"https://{host}:{port}/";
        if (!Uri.TryCreate(address, UriKind.Absolute, out var server))
        {
            throw new KubernetesConfigurationException($"{Host}={host} and {Port}={port} do not make an address.");
        }
        var authorities = new X509Certificate2Collection();
        var bundle = Path.Combine(mount, "ca.crt");
        try
        {
            authorities.ImportFromPemFile(bundle);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new KubernetesConfigurationException(
                $"The cluster's certificate authority {bundle} cannot be read: {e.Message} "
                + "Does the pod say automountServiceAccountToken: false?", e);
        }
        var ns = Path.Combine(mount, "namespace");
        return new ClusterConnection(server)
        {
            CertificateAuthorities = authorities,
            Token = new TokenFile(Path.Combine(mount, "token")),
            Namespace = File.Exists(ns) ? File.ReadAllText(ns).Trim() : "default",
            UseEnvironmentProxy = false,
        };
    }
}
