using System.Collections.Immutable;
using Mesh.Grains.Observed;
using Mesh.Grains.Ports;
using Mesh.Interfaces.Keys;
using Mesh.Silo.Configuration;

namespace Mesh.Silo.ClusterState;

/// <summary>What the informers have seen, as observed records. Written by <see cref="ClusterInformers"/> only.</summary>
internal sealed class ClusterView(SiloOptions options, ILogger<ClusterView> logger) : IClusterView
{
    private const int ByNamespace = 0;
    private const int ByNode = 1;
    private const int ByPodIp = 2;
    private const int ByClusterIp = 0;
    private const int ServiceByNamespace = 1;
    private const int ByService = 0;
    private const int ByParent = 1;

    private readonly Subscriptions _subscriptions = new(logger);
    private readonly TaskCompletionSource _synced = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ClusterName ClusterName { get; } = options.Cluster;

    public string TrustDomain => options.TrustDomain;

    public string ClusterDomain => options.ClusterDomain;

    public string DefaultInboundPolicy => options.DefaultInboundPolicy;

    public ImmutableArray<string> ClusterNetworks { get; } = [.. SiloOptionsValidator.Split(options.ClusterNetworks)];

    public Task Synced => _synced.Task;

    public IReadOnlyCollection<ObservedNamespace> Namespaces => NamespaceTable.Items;

    public IReadOnlyCollection<ObservedService> Services => ServiceTable.Items;

    public IReadOnlyCollection<ObservedPod> Pods => PodTable.Items;

    public IReadOnlyCollection<ObservedLink> Links => LinkTable.Items;

    internal ObservedTable<ObservedNamespace> NamespaceTable { get; } = new();

    internal ObservedTable<ObservedService> ServiceTable { get; } = new(s => s.ClusterIps, s => [s.Namespace]);

    internal ObservedTable<ObservedEndpointSlice> SliceTable { get; } = new(s => [ServiceKey(s.Namespace, s.ServiceName)]);

    internal ObservedTable<ObservedPod> PodTable { get; } = new(p => [p.Namespace], p => [p.Node], p => p.Ips);

    internal ObservedTable<ObservedNode> NodeTable { get; } = new();

    internal ObservedTable<ObservedLink> LinkTable { get; } = new();

    /// <summary>
    /// Servers that are there but cannot be read. Left out, they would hand their ports to a default policy that may be wider.
    /// </summary>
    internal Func<IEnumerable<ObservedServer>> BrokenServers { get; set; } = () => [];

    internal ObservedTable<ObservedServer> ServerTable { get; } = new(s => [s.Metadata.Namespace]);

    internal ObservedTable<ObservedAuthorizationPolicy> AuthorizationPolicyTable { get; } = new(p => [p.Metadata.Namespace]);

    internal ObservedTable<ObservedMeshTlsAuthentication> MeshTlsTable { get; } = new(a => [a.Metadata.Namespace]);

    internal ObservedTable<ObservedNetworkAuthentication> NetworkTable { get; } = new(a => [a.Metadata.Namespace]);

    /// <summary>By kind, group and name, for the name alone is not theirs alone.</summary>
    internal ObservedTable<ObservedRoute> RouteTable { get; } = new(
        r => [r.Metadata.Namespace],
        r => r.Parents.Select(parent => ServiceKey(parent.Namespace ?? r.Metadata.Namespace, parent.Name)));

    public ObservedNamespace? Namespace(string name) => NamespaceTable.Get("", name);

    public IReadOnlyCollection<ObservedService> ServicesInNamespace(string ns) => ServiceTable.Find(ServiceByNamespace, ns);

    public ObservedService? Service(string ns, string name) => ServiceTable.Get(ns, name);

    public ObservedService? ServiceByClusterIp(string ip) => ServiceTable.Find(ByClusterIp, ip).FirstOrDefault();

    public IReadOnlyCollection<ObservedEndpointSlice> EndpointSlices(string ns, string service) =>
        SliceTable.Find(ByService, ServiceKey(ns, service));

    public ObservedPod? Pod(string ns, string name) => PodTable.Get(ns, name);

    public IReadOnlyCollection<ObservedPod> PodsInNamespace(string ns) => PodTable.Find(ByNamespace, ns);

    public IReadOnlyCollection<ObservedPod> PodsOnNode(string node) => PodTable.Find(ByNode, node);

    public IReadOnlyCollection<ObservedPod> PodsByIp(string ip) => PodTable.Find(ByPodIp, ip);

    public ObservedNode? Node(string name) => NodeTable.Get("", name);

    public IReadOnlyCollection<ObservedServer> Servers(string ns)
    {
        var broken = BrokenServers().Where(server => server.Metadata.Namespace == ns).ToList();
        return broken.Count == 0 ? ServerTable.Find(ByNamespace, ns) : [.. ServerTable.Find(ByNamespace, ns), .. broken];
    }

    public IReadOnlyCollection<ObservedAuthorizationPolicy> AuthorizationPolicies(string ns) =>
        AuthorizationPolicyTable.Find(ByNamespace, ns);

    public IReadOnlyCollection<ObservedMeshTlsAuthentication> MeshTlsAuthentications(string ns) => MeshTlsTable.Find(ByNamespace, ns);

    public ObservedMeshTlsAuthentication? MeshTlsAuthentication(string ns, string name) => MeshTlsTable.Get(ns, name);

    public IReadOnlyCollection<ObservedNetworkAuthentication> NetworkAuthentications(string ns) => NetworkTable.Find(ByNamespace, ns);

    public ObservedNetworkAuthentication? NetworkAuthentication(string ns, string name) => NetworkTable.Get(ns, name);

    public IReadOnlyCollection<ObservedRoute> Routes(string ns) => RouteTable.Find(ByNamespace, ns);

    public IReadOnlyCollection<ObservedRoute> RoutesOf(string parentNs, string parentName) =>
        RouteTable.Find(ByParent, ServiceKey(parentNs, parentName));

    public IDisposable Subscribe(ClusterFilter filter, Action<ClusterChange> callback) => _subscriptions.Add(filter, callback);

    /// <summary>The tables already show the change.</summary>
    internal void Announce(ClusterChange change) => _subscriptions.Announce(change);

    internal void MarkSynced() => _synced.TrySetResult();

    private static string ServiceKey(string ns, string service) => $"{ns}/{service}";
}
