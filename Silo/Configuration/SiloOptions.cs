using Mesh.Interfaces.Identity;
using Mesh.Interfaces.Keys;

namespace Mesh.Silo.Configuration;

/// <summary>
/// What one silo is told at its start: by the environment variables of <see cref="SiloEnvironment"/>, or by configuration under
/// <c>Mesh:</c> (flags such as <c>--Mesh:IssuerCertificatePath …</c> win). Read once; a changed value needs a restart.
/// </summary>
public sealed class SiloOptions
{
    /// <summary>The configuration section these are bound from.</summary>
    public const string Section = "Mesh";

    /// <summary>The full name of <see cref="ClusterName"/>, for what needs it before there are services.</summary>
    public const string ClusterNameSetting = $"{Section}:{nameof(ClusterName)}";

    /// <summary>The name of this Kubernetes cluster in the mesh. No default: two clusters with one name would be one cluster.</summary>
    public string ClusterName { get; set; } = "";

    /// <summary>The last part of every identity. Linkerd's default, so that its policies apply unchanged.</summary>
    public string TrustDomain { get; set; } = "cluster.local";

    /// <summary>The cluster's DNS domain; what Kubernetes uses unless told otherwise.</summary>
    public string ClusterDomain { get; set; } = "cluster.local";

    /// <summary>The inbound policy of pods that say nothing. Linkerd's default.</summary>
    public string DefaultInboundPolicy { get; set; } = "all-unauthenticated";

    /// <summary>What the <c>cluster-*</c> default policies mean by cluster, separated by commas. Linkerd's default.</summary>
    public string ClusterNetworks { get; set; } = "10.0.0.0/8,100.64.0.0/10,172.16.0.0/12,192.168.0.0/16,fd00::/8";

    /// <summary>The least severe of what is logged: trace, debug, information, warning or error.</summary>
    public string LogLevel { get; set; } = "information";

    /// <summary>The address other silos reach this one at.</summary>
    public string PodIp { get; set; } = "";

    /// <summary>The name of the silo's pod; names the silo in logs and events.</summary>
    public string PodName { get; set; } = "";

    /// <summary>The control-plane namespace.</summary>
    public string PodNamespace { get; set; } = "mesh-system";

    /// <summary>The node the silo runs on; only for logs.</summary>
    public string NodeName { get; set; } = "";

    /// <summary>
    /// The issuer's certificate, PEM; what the Secret <c>mesh-identity-issuer</c> is mounted as. Read again when it changes.
    /// </summary>
    public string IssuerCertificatePath { get; set; } = "/var/run/mesh/issuer/tls.crt";

    /// <summary>The issuer's private key, PEM.</summary>
    public string IssuerKeyPath { get; set; } = "/var/run/mesh/issuer/tls.key";

    /// <summary>
    /// The trust anchors, PEM; what the ConfigMap <c>mesh-identity-trust-roots</c> is mounted as. Read again when it changes.
    /// </summary>
    public string TrustAnchorsPath { get; set; } = "/var/run/mesh/trust/ca-bundle.crt";

    /// <summary>Silo to silo.</summary>
    public int SiloPort { get; set; } = 11111;

    /// <summary>Node sessions. 0 takes any free port, for tests.</summary>
    public int NodeSessionPort { get; set; } = 8443;

    /// <summary>The viz API.</summary>
    public int VizPort { get; set; } = 8084;

    /// <summary>Health and metrics.</summary>
    public int HealthPort { get; set; } = 9990;

    /// <summary>
    /// More addresses of silos to join, <c>address:port</c> separated by commas, besides those found by DNS, on Links and in the
    /// ConfigMap <c>mesh-members</c>.
    /// </summary>
    public string Seeds { get; set; } = "";

    /// <summary>A kubeconfig file, for a silo outside its cluster. Empty: the pod's service account.</summary>
    public string Kubeconfig { get; set; } = "";

    /// <summary>The context of <see cref="Kubeconfig"/>; empty: its current one.</summary>
    public string KubeconfigContext { get; set; } = "";

    /// <summary><see cref="ClusterName"/>, parsed. Only after validation.</summary>
    public ClusterName Cluster => Interfaces.Keys.ClusterName.Parse(ClusterName);

    /// <summary>Who every silo of the mesh is: the service account <c>mesh-silo</c> of the control-plane namespace.</summary>
    public WorkloadIdentity SiloIdentity => new("mesh-silo", PodNamespace, TrustDomain);

    /// <summary>Who every node's proxy is.</summary>
    public WorkloadIdentity ProxyIdentity => new("mesh-proxy", PodNamespace, TrustDomain);
}
