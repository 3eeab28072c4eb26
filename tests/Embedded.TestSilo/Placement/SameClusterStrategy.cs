using Orleans.Placement;

namespace Mesh.Embedded.TestSilo.Placement;

public sealed class SameClusterStrategy() : PlacementFilterStrategy(order: 0);
