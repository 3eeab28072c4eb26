using Mesh.Guide.Tests.Fixture;

namespace Mesh.Guide.Tests;

[Collection(GuideCollection.Name)]
public sealed class GuideTests(GuideFixture guide)
{
    [Fact]
    public void Demo_TheWholeGuide_EveryExpectationHolds() => Assert.True(guide.ExitCode == 0, guide.Transcript);
}
