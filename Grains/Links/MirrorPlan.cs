using System.Collections.Immutable;
using Mesh.Grains.Observed;
using Mesh.Grains.Ports;
using Mesh.Interfaces.Links;

namespace Mesh.Grains.Links;

/// <summary>What to write so that a Link's mirrors are what they should be.</summary>
/// <param name="Applies">Mirrors to create or change; those that are right already are not here.</param>
/// <param name="EndpointsToDelete">Which of <paramref name="Applies"/> had gateway endpoints and must lose them.</param>
/// <param name="Deletes">Mirrors whose service is no longer exported.</param>
/// <param name="Events">What was skipped, and why.</param>
/// <param name="Mirrors">Every exported service with the condition it has once all of this is written.</param>
internal sealed record MirrorPlan(
    ImmutableArray<MirrorServiceSpec> Applies,
    ImmutableArray<ObservedService> EndpointsToDelete,
    ImmutableArray<ObservedService> Deletes,
    ImmutableArray<ClusterEvent> Events,
    ImmutableArray<MirrorStatus> Mirrors);
