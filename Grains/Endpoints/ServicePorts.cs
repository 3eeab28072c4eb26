using Mesh.Grains.Observed;
using Mesh.Interfaces.Exports;
using Mesh.Interfaces.NodeSession;

namespace Mesh.Grains.Endpoints;

/// <summary>What is spoken on the ports of a Service.</summary>
internal static class ServicePorts
{
    /// <summary>
    /// What the port's appProtocol says; without one, opaque if the port is in the annotation opaque-ports of the Service or its namespace,
    /// or with neither in the default list. That appProtocol comes first is Linkerd's rule.
    /// </summary>
    public static Protocol Protocol(ObservedService service, ObservedNamespace? ns, ServicePortSpec port) =>
        AppProtocol(service, ns, port) is { } declared ? AppProtocols.Parse(declared)
        : Annotation(service, ns) is null && PortListParser.DefaultOpaquePorts.Any(range => range.Contains(port.Port))
            ? Interfaces.NodeSession.Protocol.Opaque
            : Interfaces.NodeSession.Protocol.Detect;

    /// <summary>
    /// The port's appProtocol, or the one that stands for what the annotations say; null when neither says anything. A client in another
    /// cluster learns only this way what the annotation of the service's namespace says.
    /// </summary>
    public static string? AppProtocol(ObservedService service, ObservedNamespace? ns, ServicePortSpec port)
    {
        if (!string.IsNullOrEmpty(port.AppProtocol) || Annotation(service, ns) is not { } annotation)
        {
            return port.AppProtocol;
        }
        var opaque = PortListParser.Parse(
            annotation, name => service.Ports.Where(named => named.Name == name).Select(named => named.Port));
        return opaque.Any(range => range.Contains(port.Port)) ? AppProtocols.Opaque : null;
    }

    private static string? Annotation(ObservedService service, ObservedNamespace? ns) =>
        service.Annotations.TryGetValue(MeshAnnotations.OpaquePorts, out var own) ? own
        : ns is not null && ns.Annotations.TryGetValue(MeshAnnotations.OpaquePorts, out var inherited) ? inherited
        : null;
}
