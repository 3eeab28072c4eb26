using System.Security.Cryptography.X509Certificates;

namespace Mesh.Kubernetes.Configuration;

/// <summary>How to reach one API server and as whom. Immutable; certificates in it live as long as the process.</summary>
public sealed record ClusterConnection
{
    /// <param name="server">The API server's address; a path in it is a prefix of every request.</param>
    public ClusterConnection(Uri server) => Server = server;

    public Uri Server { get; }

    /// <summary>The kubeconfig context this came from; empty for anything else.</summary>
    public string Context { get; init; } = "";

    /// <summary>The namespace to use when none is given.</summary>
    public string Namespace { get; init; } = "default";

    /// <summary>Who signs the server's certificate; empty: the system's authorities.</summary>
    public X509Certificate2Collection CertificateAuthorities { get; init; } = [];

    /// <summary>The client certificate with its key, and after it what is between it and its authority; empty: none.</summary>
    public X509Certificate2Collection ClientCertificates { get; init; } = [];

    /// <summary>Accept any server certificate.</summary>
    public bool SkipTlsVerify { get; init; }

    /// <summary>The name the server's certificate must have, when it is not the address.</summary>
    public string? TlsServerName { get; init; }

    /// <summary>Where bearer tokens come from; null: none.</summary>
    public ITokenSource? Token { get; init; }

    /// <summary>The user to act as.</summary>
    public string? Impersonate { get; init; }

    /// <summary>The groups to act in, with <see cref="Impersonate"/>.</summary>
    public IReadOnlyList<string> ImpersonateGroups { get; init; } = [];

    /// <summary>A proxy only for this cluster.</summary>
    public Uri? Proxy { get; init; }

    /// <summary>False: proxies named by the environment are ignored, as they must be inside a cluster.</summary>
    public bool UseEnvironmentProxy { get; init; } = true;

    /// <inheritdoc cref="Kubeconfig.Load"/>
    /// <param name="path">A file; null: <c>KUBECONFIG</c> or <c>~/.kube/config</c>.</param>
    /// <param name="context">A context's name; null: the current one.</param>
    public static ClusterConnection FromKubeconfig(string? path = null, string? context = null) => Kubeconfig.Load(path).Connect(context);

    /// <inheritdoc cref="InClusterConfiguration.Load"/>
    public static ClusterConnection InCluster() => InClusterConfiguration.Load();

    /// <summary>The connection of the pod this runs in, or null outside of a cluster.</summary>
    /// <exception cref="KubernetesConfigurationException">It is a pod, but its service account cannot be read.</exception>
    public static ClusterConnection? TryInCluster() => InClusterConfiguration.IsInCluster ? InClusterConfiguration.Load() : null;
}
