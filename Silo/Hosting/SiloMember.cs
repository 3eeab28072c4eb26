using System.Net;

namespace Mesh.Silo.Hosting;

/// <summary>A silo of the mesh, as this one sees it.</summary>
/// <param name="Address">Where other silos reach it.</param>
/// <param name="Cluster">The Kubernetes cluster it says it is in.</param>
/// <param name="Alive">It is connected, or it is this silo.</param>
/// <param name="Known">It has been connected since this silo started.</param>
internal sealed record SiloMember(IPEndPoint Address, string Cluster, bool Alive, bool Known);
