namespace Mesh.Conformance.TestSilo.Grains;

[GenerateSerializer, Immutable, Alias("test.Whereabouts")]
public sealed record Whereabouts([property: Id(0)] SiloAddress Silo, [property: Id(1)] Guid Activation);
