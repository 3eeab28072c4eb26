using System.Collections.Immutable;

namespace Mesh.Grains.Observed;

/// <summary>
/// One network of a NetworkAuthentication, as written: addresses in <see cref="Cidr"/> but in none of <see cref="Except"/>.
/// </summary>
public sealed record ObservedNetwork(string Cidr, ImmutableArray<string> Except);
