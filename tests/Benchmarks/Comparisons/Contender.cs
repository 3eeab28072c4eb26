using Mesh.Benchmarks.Proxies;

namespace Mesh.Benchmarks.Comparisons;

/// <summary>A peer in a comparison.</summary>
/// <param name="Peer">What is compared with ours.</param>
/// <param name="Bound">The greatest ratio ours/peer that is good enough; null: shown for information.</param>
internal sealed record Contender(Peer Peer, double? Bound = null);
