namespace Mesh.Guide.Tests.Fixture;

/// <summary>All tests share the one sandbox, so they run one after another.</summary>
[CollectionDefinition(Name)]
public sealed class GuideCollection : ICollectionFixture<GuideFixture>
{
    public const string Name = "guide";
}
