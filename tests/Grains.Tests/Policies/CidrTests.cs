using Mesh.Grains.Policies;

namespace Mesh.Grains.Tests.Policies;

public sealed class CidrTests
{
    [Theory]
    [InlineData("10.0.0.0/8", "10.0.0.0/8")]
    [InlineData("10.1.2.3/8", "10.0.0.0/8")]
    [InlineData("10.1.2.3", "10.1.2.3/32")]
    [InlineData("0.0.0.0/0", "0.0.0.0/0")]
    [InlineData("::/0", "::/0")]
    [InlineData("fd00::1", "fd00::1/128")]
    [InlineData("fd00:1:2::/48", "fd00:1:2::/48")]
    [InlineData("255.255.255.255/32", "255.255.255.255/32")]
    public void TryParse_Network_IsNormalized(string text, string expected)
    {
        Assert.True(Cidr.TryParse(text, out var cidr));
        Assert.Equal(expected, cidr.ToString());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("/8")]
    [InlineData("10")]
    [InlineData("10.0")]
    [InlineData("10.0.0")]
    [InlineData("0x0a.0.0.0/8")]
    [InlineData("010.0.0.1")]
    [InlineData("10.0.0.0/")]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.0.0.0/-1")]
    [InlineData("10.0.0.0/+8")]
    [InlineData("10.0.0.0/ 8")]
    [InlineData("10.0.0.0/8/8")]
    [InlineData("10.0.0.256")]
    [InlineData(" 10.0.0.0/8")]
    [InlineData("fd00::/129")]
    [InlineData("fe80::1%eth0")]
    [InlineData("[fd00::1]")]
    [InlineData("fd00:::1")]
    [InlineData("localhost")]
    [InlineData("١٠.0.0.0/8")]
    public void TryParse_AnythingElse_IsRefused(string? text) => Assert.False(Cidr.TryParse(text, out _));

    [Theory]
    [InlineData("10.0.0.0/8", "10.1.0.0/16", true)]
    [InlineData("10.0.0.0/8", "10.0.0.0/8", true)]
    [InlineData("10.1.0.0/16", "10.0.0.0/8", false)]
    [InlineData("10.0.0.0/8", "11.0.0.0/16", false)]
    [InlineData("0.0.0.0/0", "fd00::/8", false)]
    [InlineData("::/0", "fd00::/8", true)]
    public void Contains_Network_ByPrefix(string outer, string inner, bool expected)
    {
        Assert.True(Cidr.TryParse(outer, out var one));
        Assert.True(Cidr.TryParse(inner, out var other));
        Assert.Equal(expected, one.Contains(other));
    }
}
