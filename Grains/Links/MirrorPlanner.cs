using System.Collections.Immutable;
using Mesh.Grains.Observed;
using Mesh.Grains.Ports;
using Mesh.Interfaces.Exports;
using Mesh.Interfaces.Keys;
using Mesh.Interfaces.Links;

namespace Mesh.Grains.Links;

/// <summary>
/// Plans the mirror services of one Link in remote-discovery mode, as Linkerd's service mirror keeps them: a ClusterIP service without
/// selector and without Endpoints, in the namespace of the same name.
/// </summary>
internal static class MirrorPlanner
{
    /// <summary>A service name is a DNS label: https://www.rfc-editor.org/rfc/rfc1035#section-2.3.4.</summary>
    private const int MaxNameLength = 63;

    /// <param name="link">The Link; valid, see <see cref="LinkValidator"/>.</param>
    /// <param name="catalog">The keys of every service the target exports to this Link: what is not in it loses its mirror.</param>
    /// <param name="described">Those of them that have been described; a service that has not yet keeps the mirror it has.</param>
    /// <param name="view">The Link's own cluster.</param>
    public static MirrorPlan Plan(
        ObservedLink link,
        IReadOnlyCollection<ServiceKey> catalog,
        IReadOnlyDictionary<ServiceKey, ExportedService> described,
        IClusterView view)
    {
        var applies = ImmutableArray.CreateBuilder<MirrorServiceSpec>();
        var endpoints = ImmutableArray.CreateBuilder<ObservedService>();
        var events = ImmutableArray.CreateBuilder<ClusterEvent>();
        var mirrors = ImmutableArray.CreateBuilder<MirrorStatus>();
        var local = MirrorFamilies.InUse(view);
        foreach (var key in catalog)
        {
            if (!described.TryGetValue(key, out var remote))
            {
                continue;
            }
            var name = MirrorName(link, key);
            var existing = view.Service(key.Namespace, name);
            var (reason, message, skipped) = Obstacle(link, remote, name, existing, view);
            mirrors.Add(new MirrorStatus(key, name, reason == MirrorReasons.Mirrored, reason, message));
            if (skipped)
            {
                events.Add(SkippedEvent(link, key, message));
            }
            if (reason != MirrorReasons.Mirrored)
            {
                continue;
            }
            var spec = new MirrorServiceSpec(
                key.Namespace,
                name,
                MirrorMetadataPlanner.Labels(link, remote),
                MirrorMetadataPlanner.Annotations(link, remote),
                [.. remote.Ports.Select(port => Normalized(port))],
                existing?.Uid,
                MirrorFamilies.ForNew(remote, local),
                MirrorFamilies.IsDualStack(remote));
            if (existing is null || Differs(existing, spec))
            {
                applies.Add(spec);
                if (existing is not null && !existing.Labels.ContainsKey(MirrorLabels.RemoteDiscovery))
                {
                    endpoints.Add(existing);
                }
            }
        }
        var wanted = catalog.Select(key => (key.Namespace, MirrorName(link, key))).ToHashSet();
        var deletes = view.Services
            .Where(service => IsMirrorOf(service, link.TargetClusterName) && !wanted.Contains((service.Namespace, service.Name)))
            .ToImmutableArray();
        return new MirrorPlan(applies.ToImmutable(), endpoints.ToImmutable(), deletes, events.ToImmutable(), mirrors.ToImmutable());
    }

    /// <summary>
    /// The mirrors that no Link of the cluster accounts for: those of a Link that was deleted, also while no silo was there to see it.
    /// </summary>
    public static ImmutableArray<ObservedService> Orphans(IClusterView view)
    {
        var targets = view.Links.Select(link => link.TargetClusterName).ToHashSet();
        return [.. view.Services.Where(service =>
            service.Labels.TryGetValue(MirrorLabels.ClusterName, out var target)
            && IsMirrorOf(service, target)
            && !targets.Contains(target))];
    }

    public static string MirrorName(ObservedLink link, ServiceKey remote) => $"{remote.Name}-{link.TargetClusterName}";

    /// <summary>
    /// A remote-discovery mirror made for that target. Mirrors through a gateway have no remote-discovery label; they are somebody else's
    /// until their service is exported in this mode.
    /// </summary>
    private static bool IsMirrorOf(ObservedService service, string targetClusterName) =>
        IsMirroredFrom(service, targetClusterName)
        && service.Labels.TryGetValue(MirrorLabels.RemoteDiscovery, out var discovery) && discovery == targetClusterName;

    private static bool IsMirroredFrom(ObservedService service, string targetClusterName) =>
        service.Labels.TryGetValue(MirrorLabels.MirroredService, out var mirrored) && mirrored == "true"
        && service.Labels.TryGetValue(MirrorLabels.ClusterName, out var cluster) && cluster == targetClusterName;

    private static (string Reason, string Message, bool Skipped) Obstacle(
        ObservedLink link, ExportedService remote, string name, ObservedService? existing, IClusterView view)
    {
        if (name.Length > MaxNameLength)
        {
            return (
                MirrorReasons.InvalidService,
                $"The mirror's name '{name}' would have {name.Length} characters and a service name may have {MaxNameLength}. "
                    + "Give the service or the Link's targetClusterName a shorter name.",
                false);
        }
        if (remote.Ports.IsDefaultOrEmpty)
        {
            return (MirrorReasons.InvalidService, "Service mirroring skipped: object spec has no exposed ports.", true);
        }
        var ns = view.Namespace(remote.Key.Namespace);
        if (ns is null || ns.Terminating)
        {
            var state = ns is null ? "does not exist" : "is being deleted";
            return (
                MirrorReasons.MissingNamespace,
                $"Service mirroring skipped: namespace {remote.Key.Namespace} {state} in cluster {view.ClusterName}. "
                    + "Create it to have the service mirrored.",
                true);
        }
        if (existing is not null && !IsMirroredFrom(existing, link.TargetClusterName))
        {
            return (
                MirrorReasons.Error,
                $"Service {existing.Namespace}/{existing.Name} exists and is not a mirror of Link {link.Name}, so it is left alone. "
                    + "Rename or delete it to have the service mirrored.",
                false);
        }
        return (MirrorReasons.Mirrored, "", false);
    }

    /// <summary>
    /// Linkerd records this event on the remote service; here it goes on the Link, since this cluster has no credentials for the other one.
    /// </summary>
    private static ClusterEvent SkippedEvent(ObservedLink link, ServiceKey remote, string message) => new(
        "multicluster.linkerd.io/v1alpha3",
        "Link",
        link.Namespace,
        link.Name,
        link.Uid,
        "Warning",
        "ServiceMirroringSkipped",
        $"{remote.Namespace}/{remote.Name}: {message}",
        $"linkerd-service-mirror-{link.TargetClusterName}");

    private static bool Differs(ObservedService existing, MirrorServiceSpec spec) =>
        !existing.Labels.SequenceEqual(spec.Labels)
        || (spec.DualStack && existing.IpFamilyPolicy == MirrorFamilies.SingleStack)
        || !existing.Annotations.SequenceEqual(spec.Annotations)
        || !(existing.Ports.IsDefault ? [] : existing.Ports).Select(port => Normalized(port)).SequenceEqual(spec.Ports);

    /// <summary>A port with the API server's defaults written out and without what is not mirrored.</summary>
    private static ServicePortSpec Normalized(ServicePortSpec port) => new(
        port.Name,
        port.Port,
        port.Protocol.Length == 0 ? "TCP" : port.Protocol,
        port.TargetPort is "" or "0" ? port.Port.ToString(System.Globalization.CultureInfo.InvariantCulture) : port.TargetPort);
}
