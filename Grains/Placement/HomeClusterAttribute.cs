using Orleans.Placement;

namespace Mesh.Grains.Placement;

/// <summary>
/// Keeps a grain on silos of its own cluster: those whose metadata <see cref="HomeCluster.MetadataKey"/> equals the
/// first segment of the grain's key. A partition between clusters so never moves it.
/// </summary>
public sealed class HomeClusterAttribute() : PlacementFilterAttribute(new HomeClusterPlacementFilterStrategy());
