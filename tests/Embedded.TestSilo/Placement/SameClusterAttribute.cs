using Orleans.Placement;

namespace Mesh.Embedded.TestSilo.Placement;

/// <summary>Keeps a grain in the cluster that its key begins with, as the mesh's own filter does.</summary>
public sealed class SameClusterAttribute() : PlacementFilterAttribute(new SameClusterStrategy());
