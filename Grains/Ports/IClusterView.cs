using System.Collections.Immutable;
using Mesh.Grains.Observed;
using Mesh.Interfaces.Keys;

namespace Mesh.Grains.Ports;

/// <summary>
/// What this silo's informers know of its own cluster: indexed, in memory, safe to read from any thread. Each answer is a snapshot of
/// immutable records. Until <see cref="Synced"/> completes an absent object means nothing; afterwards an API server that cannot be reached
/// leaves everything as it was last known.
/// </summary>
public interface IClusterView
{
    ClusterName ClusterName { get; }

    /// <summary>The identity trust domain, "cluster.local" unless installed otherwise.</summary>
    string TrustDomain { get; }

    /// <summary>The DNS domain of the cluster, "cluster.local" unless installed otherwise.</summary>
    string ClusterDomain { get; }

    /// <summary>The policy of ports without a Server in namespaces and pods that name none, such as "all-unauthenticated".</summary>
    string DefaultInboundPolicy { get; }

    /// <summary>The networks (CIDR) whose addresses count as inside a cluster for the cluster-* policies.</summary>
    ImmutableArray<string> ClusterNetworks { get; }

    /// <summary>Completes when every informer has listed once.</summary>
    Task Synced { get; }

    IReadOnlyCollection<ObservedNamespace> Namespaces { get; }

    ObservedNamespace? Namespace(string name);

    IReadOnlyCollection<ObservedService> Services { get; }

    IReadOnlyCollection<ObservedService> ServicesInNamespace(string ns);

    ObservedService? Service(string ns, string name);

    /// <summary>The service that has the cluster IP <paramref name="ip"/>.</summary>
    ObservedService? ServiceByClusterIp(string ip);

    /// <summary>The EndpointSlices of one service.</summary>
    IReadOnlyCollection<ObservedEndpointSlice> EndpointSlices(string ns, string service);

    ObservedPod? Pod(string ns, string name);

    IReadOnlyCollection<ObservedPod> Pods { get; }

    IReadOnlyCollection<ObservedPod> PodsInNamespace(string ns);

    IReadOnlyCollection<ObservedPod> PodsOnNode(string node);

    /// <summary>The pods that have the address: one, unless it is a host-network pod's or was just reused.</summary>
    IReadOnlyCollection<ObservedPod> PodsByIp(string ip);

    ObservedNode? Node(string name);

    /// <summary>The Links applied to this cluster.</summary>
    IReadOnlyCollection<ObservedLink> Links { get; }

    IReadOnlyCollection<ObservedServer> Servers(string ns);

    IReadOnlyCollection<ObservedAuthorizationPolicy> AuthorizationPolicies(string ns);

    IReadOnlyCollection<ObservedMeshTlsAuthentication> MeshTlsAuthentications(string ns);

    ObservedMeshTlsAuthentication? MeshTlsAuthentication(string ns, string name);

    IReadOnlyCollection<ObservedNetworkAuthentication> NetworkAuthentications(string ns);

    ObservedNetworkAuthentication? NetworkAuthentication(string ns, string name);

    /// <summary>The HTTPRoutes and GRPCRoutes in a namespace.</summary>
    IReadOnlyCollection<ObservedRoute> Routes(string ns);

    /// <summary>The HTTPRoutes and GRPCRoutes of any namespace that have a parentRef with that namespace and name, of whatever kind.</summary>
    IReadOnlyCollection<ObservedRoute> RoutesOf(string parentNs, string parentName);

    /// <summary>
    /// Calls <paramref name="callback"/> for every change that passes the filter, from the moment this returns until the result is
    /// disposed,
    /// on an informer's thread: it must return at once and not throw. During the first listing it is called for each object, too.
    /// </summary>
    IDisposable Subscribe(ClusterFilter filter, Action<ClusterChange> callback);
}
