using System.Collections.Immutable;
using Mesh.Interfaces.Keys;

namespace Mesh.Interfaces.Links;

/// <summary>How one Link stands.</summary>
/// <param name="Link">The Link.</param>
/// <param name="TargetCluster">The cluster it points to.</param>
/// <param name="State">Whether the target's exports are being followed.</param>
/// <param name="Message">What is wrong, its probable cause and what to do; empty when connected.</param>
/// <param name="Mirrors">The mirror services it keeps, each with its condition.</param>
[GenerateSerializer, Immutable, Alias("mesh.LinkStatus")]
public sealed record LinkStatus(
    [property: Id(0)] LinkKey Link,
    [property: Id(1)] string TargetCluster,
    [property: Id(2)] LinkState State,
    [property: Id(3)] string Message,
    [property: Id(4)] ImmutableArray<MirrorStatus> Mirrors);
