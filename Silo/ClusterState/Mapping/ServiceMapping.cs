using System.Collections.Immutable;
using Mesh.Grains.Observed;
using Mesh.Interfaces.Exports;
using Mesh.Kubernetes.Resources;
using Endpoint = Mesh.Kubernetes.Resources.Endpoint;

namespace Mesh.Silo.ClusterState.Mapping;

/// <summary>Makes the observed records of services and their endpoint slices.</summary>
internal static class ServiceMapping
{
    private const string ServiceName = "kubernetes.io/service-name";

    public static ObservedService Map(Service service)
    {
        var spec = service.Spec;
        return new ObservedService(
            service.Metadata.Namespace ?? "",
            service.Metadata.Name,
            service.Metadata.Uid ?? "",
            service.Metadata.ResourceVersion ?? "",
            service.Metadata.Labels.ToImmutableSortedDictionary(StringComparer.Ordinal),
            service.Metadata.Annotations.ToImmutableSortedDictionary(StringComparer.Ordinal),
            spec.Type ?? "ClusterIP",
            [.. (spec.ClusterIPs.Count > 0 ? spec.ClusterIPs : [spec.ClusterIP ?? ""])
                .Where(ip => ip.Length > 0 && ip != "None")
                .Select(IpText.Canonical)],
            spec.ClusterIP == "None" || spec.ClusterIPs.Contains("None"),
            [.. spec.Ports.Select(p => new ServicePortSpec(
                p.Name ?? "", p.Port, p.Protocol ?? "TCP", p.TargetPort?.ToString() ?? "", p.AppProtocol))],
            spec.TrafficDistribution ?? "",
            [.. spec.IpFamilies],
            spec.IpFamilyPolicy ?? "");
    }

    public static ObservedEndpointSlice Map(EndpointSlice slice) => new(
        slice.Metadata.Namespace ?? "",
        slice.Metadata.Name,
        slice.Metadata.Labels.GetValueOrDefault(ServiceName) ?? "",
        slice.AddressType,
        [.. slice.Ports.Select(p => new ObservedSlicePort(p.Name ?? "", p.Port, p.Protocol ?? "TCP", p.AppProtocol))],
        [.. slice.Endpoints.Select(e => Map(e, slice.Metadata.Namespace))]);

    private static ObservedSliceEndpoint Map(Endpoint endpoint, string? ns) => new(
        [.. endpoint.Addresses.Select(IpText.Canonical)],
        endpoint.Conditions.Ready ?? true,
        endpoint.Conditions.Terminating ?? false,
        endpoint.TargetRef is { Kind: "Pod", Name: { Length: > 0 } pod } target && (target.Namespace ?? ns) == ns ? pod : null,
        endpoint.NodeName,
        endpoint.Zone,
        [.. (endpoint.Hints?.ForZones ?? []).Select(zone => zone.Name).Where(name => name.Length > 0)],
        [.. (endpoint.Hints?.ForNodes ?? []).Select(node => node.Name).Where(name => name.Length > 0)]);
}
