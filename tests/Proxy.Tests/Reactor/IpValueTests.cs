using System.Net;
using Mesh.Interfaces.NodeSession;
using Mesh.Proxy.DataPlane;
using Mesh.Proxy.Reactor;

namespace Mesh.Proxy.Tests.Reactor;

public sealed class IpValueTests
{
    [Theory]
    [InlineData("10.1.2.3", "10.1.2.3:80", true)]
    [InlineData("::ffff:10.1.2.3", "10.1.2.3:80", true)]
    [InlineData("::FFFF:A01:203", "10.1.2.3:80", true)]
    [InlineData("fd00::1", "[fd00::1]:80", false)]
    [InlineData("FD00:0:0::01", "[fd00::1]:80", false)]
    [InlineData("::", "[::]:80", false)]
    [InlineData("::1", "[::1]:80", false)]
    public void TryParse_Address_IsOneValueHoweverItIsWritten(string text, string expected, bool v4)
    {
        Assert.True(SocketEndpoint.TryCreate(text, 80, out var endpoint));
        Assert.Equal(expected, endpoint.ToString());
        Assert.Equal(v4, endpoint.Ip.IsV4);
        Assert.Equal(endpoint, SocketEndpoint.From(new IPEndPoint(endpoint.Ip.ToIPAddress(), 80)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("fe80::1%eth0")]
    [InlineData("fe80::1%1")]
    [InlineData("fe80::1%25eth0")]
    [InlineData("[fd00::1]")]
    [InlineData("[fd00::1]:80")]
    [InlineData("fd00::1::2")]
    [InlineData("fd00::10000")]
    [InlineData("fd00::/64")]
    [InlineData("1")]
    [InlineData("10.1")]
    [InlineData("0x7f.0.0.1")]
    [InlineData("010.1.2.3")]
    [InlineData("10.1.2.3:80")]
    [InlineData(" 10.1.2.3")]
    [InlineData("::ffff:10.1.2.300")]
    public void TryParse_AnythingElse_IsRefused(string text) => Assert.False(IpValue.TryParse(text, out _), text);

    [Theory]
    [InlineData(0u)]
    [InlineData(65536u)]
    public void TryCreate_PortOutOfRange_IsRefused(uint port) => Assert.False(SocketEndpoint.TryCreate("fd00::1", port, out _));

    [Theory]
    [InlineData("fd00::7", "fd00::7")]
    [InlineData("FD00:0::7", "fd00::7")]
    [InlineData("::ffff:10.0.0.7", "10.0.0.7")]
    public void Destination_OfTheSnapshot_IsFoundAndRemovedHoweverItsAddressIsWritten(string written, string looked)
    {
        Assert.True(SocketEndpoint.TryCreate(looked, 80, out var address));
        var resource = new Resource
        {
            Key = $"destination/{address}",
            Destination = new Destination
            {
                Address = new Interfaces.NodeSession.SocketAddress { Ip = written, Port = 80 },
                Kind = Destination.Types.Kind.Unknown,
            },
        };
        var snapshot = DataPlaneSnapshot.Empty.With([resource], []);
        Assert.NotNull(snapshot.Destination(address));

        Assert.Null(snapshot.With([], [resource.Key]).Destination(address));
    }
}
