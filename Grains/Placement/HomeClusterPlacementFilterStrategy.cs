using Orleans.Placement;

namespace Mesh.Grains.Placement;

/// <summary>Names what <see cref="HomeClusterPlacementFilterDirector"/> does; it has no settings.</summary>
public sealed class HomeClusterPlacementFilterStrategy() : PlacementFilterStrategy(order: 0);
