using Mesh.Proxy.Tests.DataPlane;
using Mesh.Proxy.Tls;

namespace Mesh.Proxy.Tests.Tls;

public sealed class TlsSessionTests : IDisposable
{
    private readonly TlsContext _client;
    private readonly TlsContext _server;

    public TlsSessionTests()
    {
        var authority = new TestAuthority();
        _client = TlsContext.Create(authority.Issue("mc-demo", "slow-cooker"));
        _server = TlsContext.Create(authority.Issue("mc-demo", "bb"));
    }

    [Theory]
    [InlineData((int)MeshProtocol.Stream, (int)MeshProtocol.Stream)]
    [InlineData((int)MeshProtocol.Multiplexed, (int)MeshProtocol.Multiplexed)]
    [InlineData((int)MeshProtocol.PreferMultiplexed, (int)MeshProtocol.Multiplexed)]
    public void Handshake_AgreesToWhatTheClientPrefers_OnBothSides(int offer, int agreed)
    {
        using var pair = TlsPair.Connect(_client, _server, (MeshProtocol)offer);
        Assert.True(pair.IsDone, $"{pair.Client.Failure}; {pair.Server.Failure}");
        Assert.Equal((MeshProtocol)agreed, pair.Client.Protocol);
        Assert.Equal((MeshProtocol)agreed, pair.Server.Protocol);
        Assert.Equal("bb", pair.Client.Peer.ServiceAccount);
        Assert.Equal("slow-cooker", pair.Server.Peer.ServiceAccount);
    }

    [Fact]
    public void Data_OfSeveralRecords_ArrivesBothWays()
    {
        using var pair = TlsPair.Connect(_client, _server);
        var bytes = new byte[50_000];
        new Random(1).NextBytes(bytes);
        for (var offset = 0; offset < bytes.Length; offset += 10_000)
        {
            pair.Send(pair.Client, pair.Server, bytes.AsSpan(offset, 10_000));
            pair.Send(pair.Server, pair.Client, bytes.AsSpan(offset, 10_000));
        }
    }

    public void Dispose()
    {
        _client.Release();
        _server.Release();
    }
}
