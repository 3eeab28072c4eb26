using System.Net;
using Orleans.Embedded.Hosting;

namespace Mesh.Embedded.Tests.Hosting;

public sealed class EmbeddedSiloOptionsValidatorTests
{
    private readonly EmbeddedSiloOptionsValidator _validator = new();

    [Fact]
    public void Validate_Defaults_AreFine() => Assert.True(_validator.Validate(null, new EmbeddedSiloOptions()).Succeeded);

    [Fact]
    public void Validate_ManyMistakes_AllAreReported()
    {
        var result = _validator.Validate(null, new EmbeddedSiloOptions
        {
            ListenEndPoint = new IPEndPoint(IPAddress.Any, 1),
            HeartbeatInterval = TimeSpan.Zero,
            DeadAfter = TimeSpan.FromTicks(-1),
            MaxFrameBytes = 1,
        });
        Assert.Equal(5, result.Failures!.Count());
        Assert.Contains(result.Failures!, failure => failure.Contains("AdvertisedEndPoint"));
        Assert.Contains(result.Failures!, failure => failure.Contains("set Tls"));
    }
}
