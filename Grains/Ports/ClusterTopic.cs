namespace Mesh.Grains.Ports;

/// <summary>Kinds of objects a subscriber of <see cref="IClusterView"/> wants to hear about.</summary>
[Flags]
public enum ClusterTopic
{
    None = 0,
    Namespaces = 1,
    Services = 2,
    EndpointSlices = 4,
    Pods = 8,
    Nodes = 16,
    Links = 32,

    /// <summary>Server, AuthorizationPolicy, MeshTLSAuthentication and NetworkAuthentication.</summary>
    Policies = 64,

    /// <summary>HTTPRoute and GRPCRoute.</summary>
    Routes = 128,
    All = Namespaces | Services | EndpointSlices | Pods | Nodes | Links | Policies | Routes,
}
