namespace Mesh.Proxy.Cni;

/// <summary>The node proxy's answer.</summary>
/// <param name="Enrolled">The pod's traffic now goes through the proxy. False without an error: it is not meshed.</param>
/// <param name="ErrorCode">0, or a <see cref="CniErrorCode"/> for the container runtime.</param>
/// <param name="Error">What happened.</param>
/// <param name="Details">Probable cause and what to do.</param>
internal sealed record HandoverResponse(bool Enrolled, int ErrorCode = 0, string Error = "", string Details = "");
