using System.Collections.Immutable;
using Mesh.Grains.Observed;

namespace Mesh.Grains.Ports;

/// <summary>
/// Everything grains write into their own cluster. A write the API server refuses is a <see cref="WriteResult"/>; an exception is thrown
/// only on cancellation. Each method is idempotent.
/// </summary>
public interface IClusterWriter
{
    /// <summary>
    /// Creates the mirror service, or makes the existing one's labels, annotations and ports exactly those of <paramref name="mirror"/>,
    /// keeping its cluster IP. With <see cref="MirrorServiceSpec.ReplacesUid"/> null it creates only; else it replaces only the object
    /// with that uid. So a service that is no mirror of this Link is never touched, whatever the informers missed.
    /// </summary>
    Task<WriteResult> ApplyMirror(MirrorServiceSpec mirror, CancellationToken cancellationToken);

    /// <summary>Deletes the service if it still is the object with this uid. One that is gone already is a success.</summary>
    Task<WriteResult> DeleteMirror(string ns, string name, string uid, CancellationToken cancellationToken);

    /// <summary>
    /// Deletes the Endpoints object of a mirror (left over from gateway mode). None is a success.
    /// </summary>
    Task<WriteResult> DeleteEndpoints(string ns, string name, CancellationToken cancellationToken);

    /// <summary>Makes status.mirrorServices of the Link exactly these entries. The rest of the status stays.</summary>
    Task<WriteResult> PatchLinkStatus(
        ObservedLink link, ImmutableArray<ObservedLinkServiceStatus> mirrorServices, CancellationToken cancellationToken);

    /// <summary>Makes status.conditions of the Link exactly these. The rest of the status stays.</summary>
    Task<WriteResult> PatchLinkConditions(
        ObservedLink link, ImmutableArray<ObservedCondition> conditions, CancellationToken cancellationToken);

    /// <summary>Records an Event on an object of this cluster; a repetition counts up the earlier one.</summary>
    Task<WriteResult> EmitEvent(ClusterEvent clusterEvent, CancellationToken cancellationToken);

    /// <summary>Makes status.conditions of a policy object exactly these.</summary>
    Task<WriteResult> PatchPolicyStatus(
        PolicyObject policy, ImmutableArray<ObservedCondition> conditions, CancellationToken cancellationToken);

    /// <summary>Makes this mesh's entries of status.parents of a route exactly these. The entries of other controllers stay.</summary>
    Task<WriteResult> PatchRouteStatus(
        RouteObject route, ImmutableArray<ObservedRouteParentStatus> parents, CancellationToken cancellationToken);
}
