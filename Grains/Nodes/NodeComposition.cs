using System.Collections.Immutable;
using Mesh.Interfaces.Keys;
using Mesh.Interfaces.NodeSession;

namespace Mesh.Grains.Nodes;

/// <summary>Everything a node's proxy should hold.</summary>
/// <param name="Resources">By key.</param>
/// <param name="EndpointSets">
/// The services behind the demanded destinations, by resource key, whether their endpoints are known or not.
/// </param>
/// <param name="Destinations">Which endpoint set each demanded destination waits for if it is not known; by resource key.</param>
internal sealed record NodeComposition(
    IReadOnlyDictionary<string, Resource> Resources,
    ImmutableDictionary<string, ServiceKey> EndpointSets,
    IReadOnlyDictionary<string, string> Destinations);
