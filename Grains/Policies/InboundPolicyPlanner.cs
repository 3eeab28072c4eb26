using Mesh.Grains.Endpoints;
using Mesh.Grains.Observed;
using Mesh.Grains.Ports;
using Mesh.Interfaces.NodeSession;

namespace Mesh.Grains.Policies;

/// <summary>Who may connect to a pod, port by port, as Linkerd's policy controller decides it.</summary>
internal static class InboundPolicyPlanner
{
    /// <summary>
    /// A policy for each port a Server governs or an HTTP probe uses, in order of port, and the default one for all others. Written the
    /// same
    /// way each time, so that its bytes can be hashed.
    /// </summary>
    public static InboundPolicy Plan(ObservedPod pod, ObservedNamespace? ns, IClusterView view)
    {
        var fallback = MeshAnnotations.Effective(pod, ns, MeshAnnotations.DefaultInboundPolicy) ?? view.DefaultInboundPolicy;
        var servers = ServerPlanner.Governing(pod, view.Servers(pod.Namespace));
        var probes = ProbePaths(pod);
        var policy = new InboundPolicy { DefaultPolicy = Default(fallback, [], view) };
        foreach (var port in servers.Keys.Union(probes.Keys).Order())
        {
            var paths = probes.GetValueOrDefault(port) ?? [];
            var planned = servers.TryGetValue(port, out var server) ? Governed(server, paths, view) : Default(fallback, paths, view);
            planned.Port = (uint)port;
            policy.Ports.Add(planned);
        }
        return policy;
    }

    private static PortPolicy Governed(ObservedServer server, IReadOnlyCollection<string> probePaths, IClusterView view)
    {
        ServerPlanner.TryProtocol(server.ProxyProtocol, out var protocol);
        var policy = new PortPolicy { ServerKind = "server", ServerName = server.Metadata.Name, Protocol = protocol };
        AddProbes(policy, probePaths);
        if (!ServerPlanner.Judge(server).IsInEffect)
        {
            return policy;
        }
        foreach (var over in AuthorizationPolicyPlanner.Over(server, view.AuthorizationPolicies(server.Metadata.Namespace)))
        {
            if (AuthorizationPolicyPlanner.Authorization(over, view) is { } authorization)
            {
                policy.Authorizations.Add(authorization);
            }
        }
        if (DefaultPolicy.Authorization(server.AccessPolicy ?? DefaultPolicy.Deny, view.ClusterNetworks) is { } access)
        {
            policy.Authorizations.Add(access);
        }
        return policy;
    }

    private static PortPolicy Default(string name, IReadOnlyCollection<string> probePaths, IClusterView view)
    {
        var known = DefaultPolicy.OrDeny(name);
        var policy = new PortPolicy { ServerKind = DefaultPolicy.Kind, ServerName = known, Protocol = Protocol.Detect };
        AddProbes(policy, probePaths);
        if (DefaultPolicy.Authorization(known, view.ClusterNetworks) is { } authorization)
        {
            policy.Authorizations.Add(authorization);
        }
        return policy;
    }

    /// <summary>
    /// The probe authorization comes first, so that it names the metric even where a wider one would allow the probe as well.
    /// </summary>
    private static void AddProbes(PortPolicy policy, IReadOnlyCollection<string> paths)
    {
        // Nothing reads paths out of a stream that is not looked at.
        if (paths.Count == 0 || policy.Protocol is Protocol.Opaque or Protocol.Tls)
        {
            return;
        }
        policy.ProbePaths.Add(paths);
        policy.Authorizations.Add(DefaultPolicy.Probe());
    }

    private static SortedDictionary<int, SortedSet<string>> ProbePaths(ObservedPod pod)
    {
        var paths = new SortedDictionary<int, SortedSet<string>>();
        foreach (var probe in pod.HttpProbes.IsDefault ? [] : pod.HttpProbes)
        {
            foreach (var port in PodPorts.Resolve(InContainer(pod, probe.Container), probe.Port))
            {
                if (!paths.TryGetValue(port, out var known))
                {
                    paths[port] = known = new SortedSet<string>(StringComparer.Ordinal);
                }
                known.Add(Path(probe.Path));
            }
        }
        return paths;
    }

    /// <summary>A probe's port name is one of its own container.</summary>
    private static ObservedPod InContainer(ObservedPod pod, string container)
    {
        var ports = pod.ContainerPorts.IsDefault ? [] : pod.ContainerPorts;
        return pod with { ContainerPorts = [.. ports.Where(port => port.Container == container)] };
    }

    /// <summary>What the kubelet asks for, without the query, which is no part of the path that is compared.</summary>
    private static string Path(string path)
    {
        var query = path.IndexOf('?', StringComparison.Ordinal);
        var bare = query < 0 ? path : path[..query];
        return bare.StartsWith('/') ? bare : "/" + bare;
    }
}
