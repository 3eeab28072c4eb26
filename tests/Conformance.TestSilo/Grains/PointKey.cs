namespace Mesh.Conformance.TestSilo.Grains;

[GenerateSerializer, Immutable, Alias("test.PointKey")]
public readonly record struct PointKey([property: Id(0)] int X, [property: Id(1)] string Y);
