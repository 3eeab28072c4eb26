using System.Collections.Immutable;
using System.Globalization;
using Mesh.Grains.Observed;
using Mesh.Interfaces.Endpoints;

namespace Mesh.Grains.Endpoints;

/// <summary>What a pod's annotations, and the Servers over it, say of its ports.</summary>
internal static class PodPorts
{
    public static ImmutableArray<PortRange> SkipInbound(ObservedPod pod, ObservedNamespace? ns) =>
        PortListParser.Parse(MeshAnnotations.Effective(pod, ns, MeshAnnotations.SkipInboundPorts), name => ByName(pod, name));

    public static ImmutableArray<PortRange> SkipOutbound(ObservedPod pod, ObservedNamespace? ns) =>
        PortListParser.Parse(MeshAnnotations.Effective(pod, ns, MeshAnnotations.SkipOutboundPorts), _ => []);

    /// <summary>The annotation's list, or the default one when there is no annotation.</summary>
    public static ImmutableArray<PortRange> Opaque(ObservedPod pod, ObservedNamespace? ns) =>
        MeshAnnotations.Effective(pod, ns, MeshAnnotations.OpaquePorts) is { } text
            ? PortListParser.Parse(text, name => ByName(pod, name))
            : PortListParser.DefaultOpaquePorts;

    /// <summary>The TCP ports a number or a container port's name stands for in this pod. A number need not be declared.</summary>
    public static IEnumerable<int> Resolve(ObservedPod pod, string port) =>
        int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number is > 0 and <= ushort.MaxValue ? [number] : []
            : ByName(pod, port);

    private static IEnumerable<int> ByName(ObservedPod pod, string name) =>
        name.Length == 0 || pod.ContainerPorts.IsDefault
            ? []
            : pod.ContainerPorts.Where(port => port.Name == name && port.Protocol == "TCP").Select(port => port.Port).Distinct();
}
