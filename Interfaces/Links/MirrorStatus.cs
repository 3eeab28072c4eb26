using Mesh.Interfaces.Keys;

namespace Mesh.Interfaces.Links;

/// <summary>The condition of one mirror: <see cref="Reason"/> is Mirrored, InvalidService, Error or MissingNamespace.</summary>
[GenerateSerializer, Immutable, Alias("mesh.MirrorStatus")]
public sealed record MirrorStatus(
    [property: Id(0)] ServiceKey Remote,
    [property: Id(1)] string LocalName,
    [property: Id(2)] bool Mirrored,
    [property: Id(3)] string Reason,
    [property: Id(4)] string Message);
