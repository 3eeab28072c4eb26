using Mesh.Grains.Resilience;

namespace Mesh.Grains.Tests.Resilience;

public sealed class DurationParserTests
{
    [Theory]
    [InlineData("0", 0u)]
    [InlineData("0s", 0u)]
    [InlineData("10ms", 10u)]
    [InlineData("1.5s", 1500u)]
    [InlineData(".5s", 500u)]
    [InlineData("2m", 120_000u)]
    [InlineData("1h", 3_600_000u)]
    [InlineData("1d", 86_400_000u)]
    [InlineData("1m30s", 90_000u)]
    [InlineData("1m250ms", 60_250u)]
    [InlineData("49d", 4_233_600_000u)]
    public void TryParse_Duration_IsMilliseconds(string text, uint milliseconds)
    {
        Assert.True(DurationParser.TryParse(text, out var parsed));
        Assert.Equal(milliseconds, parsed);
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("s")]
    [InlineData("-1s")]
    [InlineData("+1s")]
    [InlineData("1.s")]
    [InlineData("1.5.5s")]
    [InlineData("1 s")]
    [InlineData("1S")]
    [InlineData("1us")]
    [InlineData("1s5")]
    [InlineData("1,5s")]
    [InlineData("50d")]
    [InlineData("99999999999999999999s")]
    [InlineData("٣s")]
    public void TryParse_AnythingElse_IsRefused(string text) => Assert.False(DurationParser.TryParse(text, out _));
}
