using Mesh.Proxy.Metrics;

namespace Mesh.Proxy.DataPlane;

/// <summary>What a loop keeps with an endpoint it has used.</summary>
internal sealed record EndpointResources(UpstreamPool Pool, Series Series);
