using System.Collections.Immutable;
using Mesh.Grains.Observed;
using Mesh.Grains.Ports;
using Mesh.Interfaces.Keys;

namespace Mesh.Grains.Tests.Fakes;

/// <summary>A cluster in memory: what is put is seen and told at once.</summary>
internal sealed class FakeClusterView(string cluster = "west") : IClusterView
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(string Kind, string Namespace, string Name), object> _objects = [];
    private readonly List<(ClusterFilter Filter, Action<ClusterChange> Callback)> _subscribers = [];

    public ClusterName ClusterName { get; } = ClusterName.Parse(cluster);

    public string TrustDomain => "cluster.local";

    public string ClusterDomain => "cluster.local";

    public string DefaultInboundPolicy { get; set; } = "all-unauthenticated";

    public ImmutableArray<string> ClusterNetworks { get; set; } = ["10.0.0.0/8", "fd00::/8"];

    public Task Synced { get; set; } = Task.CompletedTask;

    public IReadOnlyCollection<ObservedNamespace> Namespaces => All<ObservedNamespace>();

    public IReadOnlyCollection<ObservedService> Services => All<ObservedService>();

    public IReadOnlyCollection<ObservedPod> Pods => All<ObservedPod>();

    public IReadOnlyCollection<ObservedLink> Links => All<ObservedLink>();

    public void Put(ObservedNamespace ns) => Put(ns, new ClusterChange(ClusterTopic.Namespaces, ns.Name, ns.Name));

    public void Put(ObservedService service) =>
        Put(service, new ClusterChange(ClusterTopic.Services, service.Namespace, service.Name, "", service.ClusterIps));

    public void Put(ObservedEndpointSlice slice) =>
        Put(slice, new ClusterChange(ClusterTopic.EndpointSlices, slice.Namespace, slice.ServiceName), slice.Name);

    public void Put(ObservedPod pod) => Put(pod, new ClusterChange(ClusterTopic.Pods, pod.Namespace, pod.Name, pod.Node, pod.Ips));

    public void Put(ObservedNode node) => Put(node, new ClusterChange(ClusterTopic.Nodes, "", node.Name));

    public void Put(ObservedLink link) => Put(link, new ClusterChange(ClusterTopic.Links, link.Namespace, link.Name));

    public void Put(ObservedServer server) => PutPolicy(server, server.Metadata);

    public void Put(ObservedAuthorizationPolicy policy) => PutPolicy(policy, policy.Metadata);

    public void Put(ObservedMeshTlsAuthentication authentication) => PutPolicy(authentication, authentication.Metadata);

    public void Put(ObservedNetworkAuthentication authentication) => PutPolicy(authentication, authentication.Metadata);

    public void Put(ObservedRoute route) =>
        Put(route, new ClusterChange(ClusterTopic.Routes, route.Metadata.Namespace, route.Metadata.Name), $"{route.Kind}.{route.Group}/{route.Metadata.Name}");

    public void Remove<T>(string ns, string name, ClusterTopic topic, string node = "", params ImmutableArray<string> ips)
    {
        lock (_lock)
        {
            _objects.Remove((typeof(T).Name, ns, name));
        }
        Tell(new ClusterChange(topic, ns, name, node, ips));
    }

    public ObservedNamespace? Namespace(string name) => Get<ObservedNamespace>(name, name);

    public IReadOnlyCollection<ObservedService> ServicesInNamespace(string ns) => [.. Services.Where(service => service.Namespace == ns)];

    public ObservedService? Service(string ns, string name) => Get<ObservedService>(ns, name);

    public ObservedService? ServiceByClusterIp(string ip) => Services.FirstOrDefault(service => service.ClusterIps.Contains(ip));

    public IReadOnlyCollection<ObservedEndpointSlice> EndpointSlices(string ns, string service) =>
        [.. All<ObservedEndpointSlice>().Where(slice => slice.Namespace == ns && slice.ServiceName == service)];

    public ObservedPod? Pod(string ns, string name) => Get<ObservedPod>(ns, name);

    public IReadOnlyCollection<ObservedPod> PodsInNamespace(string ns) => [.. Pods.Where(pod => pod.Namespace == ns)];

    public IReadOnlyCollection<ObservedPod> PodsOnNode(string node) => [.. Pods.Where(pod => pod.Node == node)];

    public IReadOnlyCollection<ObservedPod> PodsByIp(string ip) => [.. Pods.Where(pod => pod.Ips.Contains(ip))];

    public ObservedNode? Node(string name) => Get<ObservedNode>("", name);

    public IReadOnlyCollection<ObservedServer> Servers(string ns) => [.. All<ObservedServer>().Where(server => server.Metadata.Namespace == ns)];

    public IReadOnlyCollection<ObservedAuthorizationPolicy> AuthorizationPolicies(string ns) =>
        [.. All<ObservedAuthorizationPolicy>().Where(policy => policy.Metadata.Namespace == ns)];

    public IReadOnlyCollection<ObservedMeshTlsAuthentication> MeshTlsAuthentications(string ns) =>
        [.. All<ObservedMeshTlsAuthentication>().Where(authentication => authentication.Metadata.Namespace == ns)];

    public ObservedMeshTlsAuthentication? MeshTlsAuthentication(string ns, string name) => Get<ObservedMeshTlsAuthentication>(ns, name);

    public IReadOnlyCollection<ObservedNetworkAuthentication> NetworkAuthentications(string ns) =>
        [.. All<ObservedNetworkAuthentication>().Where(authentication => authentication.Metadata.Namespace == ns)];

    public ObservedNetworkAuthentication? NetworkAuthentication(string ns, string name) => Get<ObservedNetworkAuthentication>(ns, name);

    public IReadOnlyCollection<ObservedRoute> Routes(string ns) => [.. All<ObservedRoute>().Where(route => route.Metadata.Namespace == ns)];

    public IReadOnlyCollection<ObservedRoute> RoutesOf(string parentNs, string parentName) =>
        [.. All<ObservedRoute>().Where(route => route.Parents.Any(
            parent => parent.Name == parentName && (parent.Namespace ?? route.Metadata.Namespace) == parentNs))];

    public IDisposable Subscribe(ClusterFilter filter, Action<ClusterChange> callback)
    {
        var entry = (filter, callback);
        lock (_lock)
        {
            _subscribers.Add(entry);
        }
        return new Subscription(() =>
        {
            lock (_lock)
            {
                _subscribers.Remove(entry);
            }
        });
    }

    private void PutPolicy<T>(T policy, ObservedPolicyMetadata metadata)
        where T : notnull => Put(policy, new ClusterChange(ClusterTopic.Policies, metadata.Namespace, metadata.Name));

    private void Put<T>(T item, ClusterChange change, string? name = null)
        where T : notnull
    {
        lock (_lock)
        {
            _objects[(typeof(T).Name, change.Namespace, name ?? change.Name)] = item;
        }
        Tell(change);
    }

    private void Tell(ClusterChange change)
    {
        (ClusterFilter Filter, Action<ClusterChange> Callback)[] subscribers;
        lock (_lock)
        {
            subscribers = [.. _subscribers];
        }
        foreach (var (filter, callback) in subscribers)
        {
            if (filter.Matches(change))
            {
                callback(change);
            }
        }
    }

    private T? Get<T>(string ns, string name)
        where T : class
    {
        lock (_lock)
        {
            return _objects.GetValueOrDefault((typeof(T).Name, ns, name)) as T;
        }
    }

    private List<T> All<T>()
    {
        lock (_lock)
        {
            return [.. _objects.Values.OfType<T>()];
        }
    }

    private sealed class Subscription(Action dispose) : IDisposable
    {
        public void Dispose() => dispose();
    }
}
