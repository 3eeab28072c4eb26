using Mesh.Grains.Endpoints;
using Mesh.Interfaces.Endpoints;
using Mesh.Interfaces.Keys;

namespace Mesh.Grains.Tests.Endpoints;

public sealed class EndpointSetGuardTests
{
    private static readonly ServiceKey Bb = ServiceKey.Parse("east/mc-demo/bb");

    [Fact]
    public void Accept_PodsOfItsOwn_AreTakenAsTheyAre()
    {
        var said = Set("10.10.1.5", "fd00:10::5");
        Assert.Same(said, EndpointSetGuard.Accept(said, Bb, ["10.10.0.0/16", "fd00:10::/32"], out var problem));
        Assert.Null(problem);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    [InlineData("169.254.169.254")]
    [InlineData("fe80::1")]
    [InlineData("fe80::1%1")]
    [InlineData("224.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("ff02::1")]
    [InlineData("0.0.0.0")]
    [InlineData("::")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("::ffff:10.10.1.5")]
    [InlineData("not an address")]
    [InlineData("")]
    public void Accept_AddressNoPodHas_IsLeftOutWhateverTheNetworks(string address)
    {
        var accepted = EndpointSetGuard.Accept(Set(address, "10.10.1.5"), Bb, ["0.0.0.0/0", "::/0"], out var problem)!;
        Assert.Equal("10.10.1.5", Assert.Single(accepted.Endpoints).Ip);
        Assert.Contains("1 of its endpoints", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Accept_AddressesOutsideItsNetworks_AreLeftOutAndNamed()
    {
        var accepted = EndpointSetGuard.Accept(Set("10.20.1.4", "10.10.1.5", "10.20.1.5"), Bb, ["10.10.0.0/16"], out var problem)!;
        Assert.Equal("10.10.1.5", Assert.Single(accepted.Endpoints).Ip);
        Assert.Equal(42ul, accepted.Version);
        Assert.Contains("2 of its endpoints, such as 10.20.1.4,", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Accept_AMillionEndpoints_IsBounded()
    {
        var one = Endpoint("10.10.1.5");
        var said = Set() with { Endpoints = [.. Enumerable.Repeat(one, 1_000_000)] };
        var accepted = EndpointSetGuard.Accept(said, Bb, ["10.10.0.0/16"], out var problem)!;
        Assert.Equal(EndpointSetGuard.MaxEndpoints, accepted.Endpoints.Length);
        Assert.Contains("1000000 endpoints", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("west/mc-demo/bb")]
    [InlineData("north/mc-demo/bb")]
    [InlineData("east/mc-demo/other")]
    public void Accept_AnotherService_IsRefused(string other)
    {
        Assert.Null(EndpointSetGuard.Accept(Set("10.10.1.5") with { Service = ServiceKey.Parse(other) }, Bb, ["10.0.0.0/8"], out var problem));
        Assert.Contains(other, problem, StringComparison.Ordinal);
    }

    private static EndpointSetSnapshot Set(params string[] addresses) =>
        new(Bb, 42, true, [new EndpointPortSpec("http", 8080, 8080)], [.. addresses.Select(Endpoint)]);

    private static EndpointSpec Endpoint(string address) =>
        new(address, "mc-demo", "bb-1", "east-1", "", "", "deployment", "bb", true, [], []);
}
