using Mesh.Grains.Policies;

namespace Mesh.Grains.Tests.Policies;

public sealed class IdentityPatternTests
{
    [Fact]
    public void TryParse_Star_IsAnybodyInTheMesh()
    {
        Assert.True(IdentityPattern.TryParse("*", out var pattern));
        Assert.Equal(new IdentityPattern(true, null, null), pattern);
    }

    [Fact]
    public void TryParse_StarSuffix_KeepsLeadingDot()
    {
        Assert.True(IdentityPattern.TryParse("*.ns.serviceaccount.identity.linkerd.cluster.local", out var pattern));
        Assert.Equal(new IdentityPattern(false, ".ns.serviceaccount.identity.linkerd.cluster.local", null), pattern);
    }

    [Theory]
    [InlineData("slow-cooker.mc-demo.serviceaccount.identity.linkerd.cluster.local")]
    [InlineData("spiffe://cluster.local/ns/mc-demo/sa/slow-cooker")]
    [InlineData("spiffe://root.example/anything/else")]
    public void TryParse_Name_IsExact(string text)
    {
        Assert.True(IdentityPattern.TryParse(text, out var pattern));
        Assert.Equal(new IdentityPattern(false, null, text), pattern);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("**")]
    [InlineData("*.")]
    [InlineData("*foo")]
    [InlineData("*.*.local")]
    [InlineData("a.*.local")]
    [InlineData("UPPER.local")]
    [InlineData("a..b")]
    [InlineData("a.b\n")]
    [InlineData("-a.b")]
    [InlineData("spiffe://")]
    [InlineData("spiffe://td")]
    [InlineData("spiffe://td/")]
    [InlineData("spiffe://td/*")]
    [InlineData("spiffe://td/a//b")]
    [InlineData("spiffe://td/../b")]
    [InlineData("spiffe://td/a?x")]
    [InlineData("SPIFFE://td/a")]
    public void TryParse_AnythingElse_IsRefused(string? text) => Assert.False(IdentityPattern.TryParse(text, out _));
}
