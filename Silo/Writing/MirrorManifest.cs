using System.Collections.Immutable;
using System.Globalization;
using Mesh.Grains.Ports;
using Mesh.Interfaces.Exports;
using Mesh.Kubernetes.Resources;

namespace Mesh.Silo.Writing;

/// <summary>The Service object of a mirror.</summary>
internal static class MirrorManifest
{
    private const string PreferDualStack = "PreferDualStack";

    public static Service New(MirrorServiceSpec mirror) => new()
    {
        Metadata = new ObjectMeta
        {
            Namespace = mirror.Namespace,
            Name = mirror.Name,
            Labels = mirror.Labels,
            Annotations = mirror.Annotations,
        },
        Spec = new ServiceSpec
        {
            Type = "ClusterIP",
            Ports = Ports(mirror.Ports),
            IpFamilies = mirror.IpFamilies.IsDefault ? [] : mirror.IpFamilies,
            IpFamilyPolicy = mirror.DualStack ? PreferDualStack : null,
        },
    };

    /// <summary>The existing object with the mirror's labels, annotations and ports; what the API server allocated stays.</summary>
    public static Service Update(Service existing, MirrorServiceSpec mirror) => existing with
    {
        Metadata = existing.Metadata with { Labels = mirror.Labels, Annotations = mirror.Annotations },
        Spec = existing.Spec with
        {
            Ports = Ports(mirror.Ports),
            Selector = ImmutableDictionary<string, string>.Empty,
            // A service's first family is for life, and a second one does no harm where the target has lost its own.
            IpFamilyPolicy = mirror.DualStack && existing.Spec.IpFamilyPolicy == "SingleStack" ? PreferDualStack : existing.Spec.IpFamilyPolicy,
        },
    };

    private static ServicePort[] Ports(ImmutableArray<ServicePortSpec> ports) => [.. ports.Select(p => new ServicePort
    {
        Name = p.Name.Length > 0 ? p.Name : null,
        Port = p.Port,
        Protocol = p.Protocol,
        TargetPort = TargetPort(p.TargetPort),
    })];

    private static IntOrString? TargetPort(string text)
    {
        if (text.Length == 0)
        {
            return null;
        }
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : text;
    }
}
