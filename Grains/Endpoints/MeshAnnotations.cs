using Mesh.Grains.Observed;

namespace Mesh.Grains.Endpoints;

/// <summary>Annotations on pods and namespaces that this mesh follows: Linkerd's, and a few of its own.</summary>
internal static class MeshAnnotations
{
    public const string Inject = "linkerd.io/inject";
    public const string OpaquePorts = "config.linkerd.io/opaque-ports";
    public const string SkipInboundPorts = "config.linkerd.io/skip-inbound-ports";
    public const string SkipOutboundPorts = "config.linkerd.io/skip-outbound-ports";
    public const string SkipSubnets = "config.linkerd.io/skip-subnets";
    public const string ClientAddress = "config.mesh-orleans.io/client-address";
    public const string DefaultInboundPolicy = "config.linkerd.io/default-inbound-policy";

    public const string AccessLog = "config.linkerd.io/access-log";

    /// <summary>Share of requests in per cent of a usual endpoint's. Ours: Linkerd has no weights per pod.</summary>
    public const string Weight = "balancer.mesh-orleans.io/weight";

    /// <summary>The pod's annotation, else its namespace's, else null.</summary>
    public static string? Effective(ObservedPod pod, ObservedNamespace? ns, string annotation) =>
        pod.Annotations.TryGetValue(annotation, out var own) ? own
        : ns is not null && ns.Annotations.TryGetValue(annotation, out var inherited) ? inherited
        : null;
}
