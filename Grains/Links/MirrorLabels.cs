namespace Mesh.Grains.Links;

/// <summary>The labels and annotations of Linkerd's multicluster extension that mirrors are made and known by.</summary>
internal static class MirrorLabels
{
    public const string Prefix = "mirror.linkerd.io";
    public const string MirroredService = "mirror.linkerd.io/mirrored-service";
    public const string ClusterName = "mirror.linkerd.io/cluster-name";
    public const string RemoteDiscovery = "multicluster.linkerd.io/remote-discovery";
    public const string RemoteService = "multicluster.linkerd.io/remote-service";
    public const string RemoteServiceFqName = "mirror.linkerd.io/remote-svc-fq-name";
    public const string RemoteResourceVersion = "mirror.linkerd.io/remote-resource-version";
    public const string OpaquePorts = "config.linkerd.io/opaque-ports";
    public const string TopologyAwareHints = "service.kubernetes.io/topology-aware-hints";
    /// <summary>On a mirror: spec.trafficDistribution of the service it was made from. Ours.</summary>
    public const string TrafficDistribution = "multicluster.mesh-orleans.io/traffic-distribution";
    public const string TopologyMode = "service.kubernetes.io/topology-mode";
}
