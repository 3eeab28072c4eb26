using System.Net;

namespace Mesh.Conformance.TestSilo;

/// <summary>A silo, as another one sees it.</summary>
public sealed record TestMember(IPEndPoint Address, string Cluster, bool Alive);
