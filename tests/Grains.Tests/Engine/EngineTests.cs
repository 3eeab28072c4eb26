namespace Mesh.Grains.Tests.Engine;

/// <summary>Tests that measure how long the engine takes do not run beside others.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class EngineTests
{
    public const string Name = "engine";
}
