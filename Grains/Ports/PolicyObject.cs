namespace Mesh.Grains.Ports;

/// <summary>Names one policy object of group policy.linkerd.io to write a status to.</summary>
/// <param name="Kind">Server, AuthorizationPolicy, MeshTLSAuthentication or NetworkAuthentication.</param>
public sealed record PolicyObject(string Kind, string Namespace, string Name, string Uid);
