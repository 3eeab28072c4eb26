using Mesh.Sandbox.Node;

namespace Mesh.Sandbox.Tests.Node;

public class ImageCatalogTests
{
    [Theory]
    [InlineData("buoyantio/bb:v0.0.6", "buoyantio/bb")]
    [InlineData("docker.io/buoyantio/bb:v0.0.6", "buoyantio/bb")]
    [InlineData("localhost:5000/buoyantio/bb@sha256:0123", "buoyantio/bb")]
    [InlineData("host/nginx", "host/nginx")]
    [InlineData("nginx:1.2", "nginx")]
    public void Repository_AnyForm_IsTheName(string image, string name) => Assert.Equal(name, ImageCatalog.Repository(image));

    [Fact]
    public void TryFind_SlowCooker_HasItsProgramWhereTheRealImageHasIt()
    {
        Assert.True(ImageCatalog.TryFind("buoyantio/slow_cooker:1.3.0", out var program, out _));

        Assert.Contains(program.Files, f => f is { Path: "/slow_cooker/slow_cooker", Executable: true });
    }

    [Fact]
    public void TryFind_Unknown_SaysWhatThereIs()
    {
        Assert.False(ImageCatalog.TryFind("nginx:1.27", out _, out var problem));

        Assert.Contains("nginx:1.27", problem);
        Assert.Contains("host/<program>", problem);
    }

    [Fact]
    public void TryFind_HostProgram_IsTheInstalledOne()
    {
        Assert.True(ImageCatalog.TryFind("host/sh", out var program, out _));
        Assert.False(ImageCatalog.TryFind("host/no-such-program", out _, out var problem));

        Assert.EndsWith("/sh", program.Entrypoint[0]);
        Assert.Contains("no-such-program", problem);
    }
}
