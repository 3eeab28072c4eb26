using Mesh.Interfaces.Keys;

namespace Mesh.Interfaces.Tests;

public sealed class KeyTests
{
    [Fact]
    public void ServiceKey_RoundTrips()
    {
        var key = ServiceKey.Parse("east/mc-demo/bb");
        Assert.Equal(new ServiceKey(new ClusterName("east"), "mc-demo", "bb"), key);
        Assert.Equal("east/mc-demo/bb", key.ToString());
    }

    [Theory]
    [InlineData("east/mc-demo")]
    [InlineData("east//bb")]
    [InlineData("East/mc-demo/bb")]
    [InlineData("east/mc-demo/bb/x")]
    [InlineData("")]
    public void ServiceKey_Malformed_IsRefused(string text) => Assert.False(ServiceKey.TryParse(text, out _));

    [Theory]
    [InlineData("-east")]
    [InlineData("ea st")]
    [InlineData("east.west")]
    [InlineData("aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggg")]
    public void ClusterName_Malformed_IsRefused(string text) => Assert.False(ClusterName.TryParse(text, out _));
}
