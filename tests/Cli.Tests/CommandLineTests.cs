namespace Mesh.Cli.Tests;

public sealed class CommandLineTests : CliFixture
{
    [Theory]
    [InlineData("nonsense")]
    [InlineData("viz")]
    [InlineData("viz", "stat")]
    [InlineData("viz", "stat", "deploy", "-o", "xml")]
    [InlineData("viz", "stat", "deploy", "-t", "1")]
    [InlineData("viz", "stat", "deploy", "-t", "14s")]
    [InlineData("viz", "stat", "svc")]
    [InlineData("viz", "stat", "deploy/bb", "web")]
    [InlineData("install", "--identity-issuer-key-file", "x")]
    [InlineData("install", "--default-inbound-policy", "everything")]
    [InlineData("install", "--ignore-cluster", "--cluster-name", "East_1")]
    [InlineData("install", "--ignore-cluster", "--set", "nothing=1")]
    [InlineData("install", "--ignore-cluster", "--set", "silo.replicas=0")]
    [InlineData("install", "--ignore-cluster", "--set", "silo.image=a\"b")]
    [InlineData("multicluster", "install", "--gateway")]
    [InlineData("multicluster", "install", "--gateway=true")]
    [InlineData("multicluster", "link")]
    [InlineData("multicluster", "link", "--cluster-name", "a.b")]
    [InlineData("multicluster", "link", "--cluster-name", "a", "--gateway")]
    [InlineData("multicluster", "link", "--cluster-name", "a", "--remote-discovery-selector", "a in b")]
    [InlineData("inject", "-", "--opaque-ports", "70000")]
    [InlineData("inject", "-", "--skip-inbound-ports", "20-10")]
    [InlineData("check", "--wait", "soon")]
    [InlineData("certificates", "create", "--cluster", "A", "--out", "x")]
    public async Task Run_WrongUsage_Is2WithOneLineOnStandardError(params string[] arguments)
    {
        Assert.Equal(2, await MeshAsync(arguments));
        Assert.Empty(Output);
        Assert.StartsWith("mesh: ", Error);
        Assert.Single(Error.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public async Task Run_UnknownContext_Is1AndNamesTheContextsThereAre()
    {
        Assert.Equal(1, await MeshAsync("--context", "north", "viz", "stat", "deploy"));
        Assert.Contains("Contexts there: east", Error);
        Assert.Single(Error.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public async Task Run_ApiServerIsAway_Is1AndSaysSo()
    {
        await Api.DisposeAsync();
        Assert.Equal(1, await MeshAsync("viz", "stat", "deploy"));
        Assert.Contains("The API server cannot be reached", Error);
    }

    [Fact]
    public async Task Run_Forbidden_Is1WithTheServersWords()
    {
        Api.On("GET /api/v1/namespaces/mesh-system/configmaps/mesh-config", """
            {"kind":"Status","message":"configmaps is forbidden","reason":"Forbidden","code":403}
            """, 403);
        Assert.Equal(1, await MeshAsync("multicluster", "link", "--cluster-name", "target"));
        Assert.Contains("configmaps is forbidden", Error);
    }

    [Fact]
    public async Task Run_Help_Is0AndCallsTheCommandMesh()
    {
        Assert.Equal(0, await MeshAsync("viz", "--help"));
        Assert.Contains("mesh viz [command]", Output);
    }

    [Fact]
    public async Task Version_NoControlPlane_SaysUnavailable()
    {
        Assert.Equal(0, await MeshAsync("version"));
        Assert.Equal("Client version: 0.1.0\nServer version: unavailable\n", Output);
        Api.On("GET /api/v1/namespaces/elsewhere/configmaps/mesh-config", """{"data":{"version":"9.9.9"}}""");
        Assert.Equal(0, await MeshAsync("version", "-L", "elsewhere"));
        Assert.Contains("Server version: 9.9.9", Output);
    }

    [Fact]
    public async Task VizInstall_SaysThatItIsNotNeeded()
    {
        Assert.Equal(0, await MeshAsync("viz", "install"));
        Assert.Contains("part of the control plane", Error);
    }
}
