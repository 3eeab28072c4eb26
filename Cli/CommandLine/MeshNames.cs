using System.Reflection;

namespace Mesh.Cli.CommandLine;

/// <summary>What the control plane's objects are called. The manifests in <c>k8s/</c> say the same.</summary>
internal static class MeshNames
{
    public const string Namespace = "mesh-system";
    public const string MulticlusterNamespace = "mesh-multicluster";
    public const string ConfigMap = "mesh-config";
    public const string TrustRoots = "mesh-identity-trust-roots";
    public const string TrustBundleKey = "ca-bundle.crt";
    public const string IssuerSecret = "mesh-identity-issuer";
    public const string Silo = "mesh-silo";
    public const string Proxy = "mesh-proxy";
    public const string Viz = "mesh-viz";
    public const int SiloPort = 11111;
    public const int VizPort = 8084;
    public const string SiloSelector = "app.kubernetes.io/name=mesh-silo";
    public const string ProxySelector = "app.kubernetes.io/name=mesh-proxy";
    public const string PodNetworksAnnotation = "multicluster.mesh-orleans.io/pod-networks";
    public const string TargetClusterAnnotation = "multicluster.mesh-orleans.io/target-cluster";
    public const string SeedsAnnotation = "multicluster.mesh-orleans.io/seeds";
    public const string InjectAnnotation = "linkerd.io/inject";

    /// <summary>This program's version, without the commit that build tools append.</summary>
    public static string Version { get; } =
        typeof(MeshNames).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
}
