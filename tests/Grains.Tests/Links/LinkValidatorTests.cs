using Mesh.Grains.Links;
using Mesh.Grains.Observed;
using Mesh.Grains.Tests.Fakes;

namespace Mesh.Grains.Tests.Links;

public sealed class LinkValidatorTests
{
    [Fact]
    public void TryValidate_GuideLink_NamesTheCluster()
    {
        Assert.True(LinkValidator.TryValidate(Samples.Link(), [Samples.Link()], out var target, out var problem));
        Assert.Equal(("east", ""), (target.Value, problem));
    }

    [Theory]
    [InlineData("", "east")]
    [InlineData("Target", "east")]
    [InlineData("target", "ea/st")]
    public void TryValidate_BadName_SaysWhatToDo(string targetName, string cluster)
    {
        Assert.False(LinkValidator.TryValidate(Samples.Link(target: targetName, cluster: cluster), [], out _, out var problem));
        Assert.NotEmpty(problem);
    }

    [Fact]
    public void TryValidate_BadSelector_IsInvalid()
    {
        var link = Samples.Link() with { RemoteDiscoverySelector = Samples.Selector("a", "Equals", "b") };
        Assert.False(LinkValidator.TryValidate(link, [link], out _, out _));
    }

    [Fact]
    public void TryValidate_TwoLinksWithOneTargetName_OlderWins()
    {
        ObservedLink older = Samples.Link("b"), younger = Samples.Link("a") with { CreatedAt = Samples.Epoch.AddMinutes(1) };
        Assert.True(LinkValidator.TryValidate(older, [younger, older], out _, out _));
        Assert.False(LinkValidator.TryValidate(younger, [younger, older], out _, out var problem));
        Assert.Contains("Link b", problem, StringComparison.Ordinal);
    }
}
