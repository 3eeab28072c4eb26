namespace Mesh.Silo.NodeSessions;

/// <summary>Who calls, proved by its token: the proxy pod and the node it runs on.</summary>
internal sealed record NodeCaller(string Pod, string PodUid, string Node);
