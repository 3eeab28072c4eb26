namespace Mesh.Silo.GrainDirectory;

/// <summary>What an owner says: what it has registered for the grain, or who it thinks the owner is.</summary>
/// <param name="Registered">What is registered now; null when nothing is.</param>
/// <param name="Owner">Not null: the silo asked is not the grain's owner, this one is.</param>
[GenerateSerializer, Immutable, Alias("mesh.DirectoryAnswer")]
internal readonly record struct DirectoryAnswer([property: Id(0)] GrainAddress? Registered, [property: Id(1)] SiloAddress? Owner);
