namespace Mesh.Proxy.Tests.DataPlane;

/// <summary>Tests with running engines run one after the other: they count native memory, and measure.</summary>
[CollectionDefinition(nameof(EngineTests), DisableParallelization = true)]
public sealed class EngineTests;
