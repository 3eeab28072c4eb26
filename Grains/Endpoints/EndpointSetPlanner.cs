using System.Collections.Immutable;
using System.Globalization;
using Mesh.Grains.Observed;
using Mesh.Grains.Policies;
using Mesh.Grains.Ports;
using Mesh.Grains.Versions;
using Mesh.Interfaces.Endpoints;
using Mesh.Interfaces.Exports;
using Mesh.Interfaces.Identity;
using Mesh.Interfaces.Keys;

namespace Mesh.Grains.Endpoints;

/// <summary>The endpoints of a service, from its EndpointSlices and the pods they point to.</summary>
internal static class EndpointSetPlanner
{
    /// <summary>The set as the view shows it, its endpoints in order of address. The sequence is left 0.</summary>
    public static EndpointSetSnapshot Plan(ServiceKey key, IClusterView view)
    {
        var service = view.Service(key.Namespace, key.Name);
        if (service is null)
        {
            return Versioned(new EndpointSetSnapshot(key, 0, false, [], []));
        }
        var ns = view.Namespace(key.Namespace);
        var slices = Slices(view, key);
        var ports = (service.Ports.IsDefault ? [] : service.Ports)
            .Where(port => port.Protocol is "" or "TCP")
            .Select(port => new EndpointPortSpec(
                port.Name, port.Port, UsualTarget(port, slices), ServicePorts.AppProtocol(service, ns, port)))
            .ToImmutableArray();
        var endpoints = new SortedDictionary<string, EndpointSpec>(StringComparer.Ordinal);
        foreach (var slice in slices)
        {
            var own = OwnTargets(slice, ports);
            foreach (var endpoint in slice.Endpoints.IsDefault ? [] : slice.Endpoints)
            {
                // All addresses of an endpoint are the same pod; Kubernetes tells consumers to use the first.
                if (endpoint.Addresses.IsDefaultOrEmpty || Spec(view, ns, key, endpoint, own) is not { } spec)
                {
                    continue;
                }
                // While slices are rebalanced an endpoint is in two of them for a moment.
                if (!endpoints.TryGetValue(spec.Ip, out var known) || (spec.Ready && !known.Ready))
                {
                    endpoints[spec.Ip] = spec;
                }
            }
        }
        return Versioned(new EndpointSetSnapshot(key, 0, true, ports, [.. endpoints.Values]));
    }

    /// <summary>
    /// Those of both families. A pod of a dual-stack service is in two, and here twice: <see cref="Nodes.SessionMessages"/> gives a client
    /// the addresses of the family it uses.
    /// </summary>
    private static List<ObservedEndpointSlice> Slices(IClusterView view, ServiceKey key) =>
        [.. view.EndpointSlices(key.Namespace, key.Name)
            .Where(slice => slice.AddressType is "IPv4" or "IPv6")
            .OrderBy(slice => slice.Name, StringComparer.Ordinal)];

    /// <summary>
    /// Null for an endpoint that must not be used: its pod is not known yet, is another one by now, or has ended. Guessing here would send
    /// plaintext to a pod that is meshed.
    /// </summary>
    private static EndpointSpec? Spec(
        IClusterView view, ObservedNamespace? ns, ServiceKey key, ObservedSliceEndpoint endpoint, ImmutableArray<EndpointTargetPort> own)
    {
        var ip = endpoint.Addresses[0];
        var ready = endpoint.Ready && !endpoint.Terminating;
        var node = endpoint.Node ?? "";
        var zone = endpoint.Zone ?? view.Node(node)?.Zone ?? "";
        if (endpoint.Pod is null)
        {
            return new EndpointSpec(
                ip, key.Namespace, "", node, zone, "", "", "", ready, [], [], own, Hints(endpoint.ForZones), Hints(endpoint.ForNodes));
        }
        var pod = view.Pod(key.Namespace, endpoint.Pod);
        if (pod is null || MeshedPods.IsFinished(pod) || !pod.Ips.Contains(ip))
        {
            return null;
        }
        if (!MeshedPods.IsMeshed(pod, ns))
        {
            return new EndpointSpec(
                ip, pod.Namespace, pod.Name, pod.Node, zone, "", pod.OwnerKind, pod.OwnerName, ready, [], [], own,
                Hints(endpoint.ForZones), Hints(endpoint.ForNodes), EndpointWeight.Of(pod));
        }
        return new EndpointSpec(
            ip,
            pod.Namespace,
            pod.Name,
            pod.Node,
            zone,
            new WorkloadIdentity(pod.ServiceAccount, pod.Namespace, view.TrustDomain).DnsName,
            pod.OwnerKind,
            pod.OwnerName,
            ready,
            PodPorts.SkipInbound(pod, ns),
            PortListParser.Merge([.. PodPorts.Opaque(pod, ns), .. ServerPlanner.OpaquePorts(pod, view.Servers(pod.Namespace))]),
            own,
            Hints(endpoint.ForZones),
            Hints(endpoint.ForNodes),
            EndpointWeight.Of(pod));
    }

    private static ImmutableArray<string> Hints(ImmutableArray<string> names) =>
        names.IsDefaultOrEmpty ? [] : [.. names.Order(StringComparer.Ordinal)];

    /// <summary>The number of the target port: what most slices say, else the service's own number, else 0 for a name no pod has.</summary>
    private static int UsualTarget(ServicePortSpec port, List<ObservedEndpointSlice> slices)
    {
        var usual = slices
            .Select(slice => (Port: Target(slice, port.Name), Weight: slice.Endpoints.IsDefault ? 0 : slice.Endpoints.Length))
            .Where(target => target.Port > 0)
            .GroupBy(target => target.Port)
            .OrderByDescending(group => group.Sum(target => target.Weight))
            .ThenBy(group => group.Key)
            .FirstOrDefault();
        if (usual is not null)
        {
            return usual.Key;
        }
        return port.TargetPort is "" or "0" ? port.Port
            : int.TryParse(port.TargetPort, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
            : 0;
    }

    private static ImmutableArray<EndpointTargetPort> OwnTargets(ObservedEndpointSlice slice, ImmutableArray<EndpointPortSpec> ports) =>
        [.. ports
            .Select(port => (port.ServicePort, port.TargetPort, Own: Target(slice, port.Name)))
            .Where(port => port.Own != port.TargetPort)
            .Select(port => new EndpointTargetPort(port.ServicePort, port.Own))];

    private static int Target(ObservedEndpointSlice slice, string portName) =>
        slice.Ports.IsDefault
            ? 0
            : slice.Ports.FirstOrDefault(port => port.Name == portName && port.Protocol is "" or "TCP")?.Port ?? 0;

    private static EndpointSetSnapshot Versioned(EndpointSetSnapshot set)
    {
        var hash = new ContentHash();
        hash.Add(set.Service.ToString());
        hash.Add(set.Exists ? 1 : 0);
        hash.Add(set.Ports.Length);
        foreach (var port in set.Ports)
        {
            hash.Add(port.Name);
            hash.Add(port.ServicePort);
            hash.Add(port.TargetPort);
            hash.Add(port.AppProtocol);
        }
        foreach (var endpoint in set.Endpoints)
        {
            foreach (var text in (ReadOnlySpan<string>)[endpoint.Ip, endpoint.Namespace, endpoint.Pod, endpoint.Node, endpoint.Zone,
                endpoint.Identity, endpoint.OwnerKind, endpoint.OwnerName])
            {
                hash.Add(text);
            }
            hash.Add(endpoint.Ready ? 1 : 0);
            AddRanges(ref hash, endpoint.SkipInboundPorts);
            AddRanges(ref hash, endpoint.OpaquePorts);
            hash.Add(endpoint.OwnTargetPorts.Length);
            foreach (var own in endpoint.OwnTargetPorts)
            {
                hash.Add(own.ServicePort);
                hash.Add(own.TargetPort);
            }
            AddTexts(ref hash, endpoint.ForZones);
            AddTexts(ref hash, endpoint.ForNodes);
            hash.Add(endpoint.Weight);
        }
        return set with { Version = hash.Value };
    }

    private static void AddTexts(ref ContentHash hash, ImmutableArray<string> texts)
    {
        hash.Add(texts.Length);
        foreach (var text in texts)
        {
            hash.Add(text);
        }
    }

    private static void AddRanges(ref ContentHash hash, ImmutableArray<PortRange> ranges)
    {
        hash.Add(ranges.Length);
        foreach (var range in ranges)
        {
            hash.Add(range.First);
            hash.Add(range.Last);
        }
    }
}
