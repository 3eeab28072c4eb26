using Mesh.Proxy.Reactor;
using Mesh.Proxy.Tests.DataPlane;
using Mesh.Proxy.Tls;

namespace Mesh.Proxy.Tests.Tls;

public sealed class TlsSessionTests : IDisposable
{
    private readonly TlsContext _client;
    private readonly TlsContext _server;
    private readonly TlsServer _listener = new();

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
        using var pair = TlsPair.Connect(_client, _server, _listener, (MeshProtocol)offer);
        Assert.True(pair.IsDone, $"{pair.Client.Failure}; {pair.Server.Failure}");
        Assert.Equal((MeshProtocol)agreed, pair.Client.Protocol);
        Assert.Equal((MeshProtocol)agreed, pair.Server.Protocol);
        Assert.Equal("bb", pair.Client.Peer.ServiceAccount);
        Assert.Equal("slow-cooker", pair.Server.Peer.ServiceAccount);
    }

    [Fact]
    public void Data_OfSeveralRecords_ArrivesBothWays()
    {
        using var pair = TlsPair.Connect(_client, _server, _listener);
        var bytes = new byte[50_000];
        new Random(1).NextBytes(bytes);
        for (var offset = 0; offset < bytes.Length; offset += 10_000)
        {
            pair.Send(pair.Client, pair.Server, bytes.AsSpan(offset, 10_000));
            pair.Send(pair.Server, pair.Client, bytes.AsSpan(offset, 10_000));
        }
    }

    [Fact]
    public void ClientHello_NamesTheGroupsThatOpenSslCanDo_HybridFirst()
    {
        using var pair = TlsPair.Start(_client, _server, _listener);
        var groups = HelloExtensions.Read(pair.TakeClientHello())[HelloExtensions.SupportedGroups];
        // X25519MLKEM768 came with OpenSSL 3.5; then X25519, secp256r1.
        byte[] classical = [0x00, 0x1D, 0x00, 0x17];
        var expected = OpenSslVersion.Number >= 0x3050_0000 ? [0x11, 0xEC, .. classical] : classical;
        Assert.Equal(expected, groups.AsSpan(2).ToArray());
        Assert.Equal(expected.Length / 2, TlsGroups.Names.Split(':').Length);
    }

    [Fact]
    public void Read_OfAFloodOfKeyUpdates_Fails()
    {
        using var pair = TlsPair.Connect(_client, _server, _listener);
        pair.Send(pair.Client, pair.Server, "hello"u8);
        var result = IoResult.Again;
        for (var i = 0; i < 1000 && result == IoResult.Again; i++)
        {
            KeyUpdates.Send(pair.Client);
            pair.Server.OnReadable(hungUp: false);
            result = pair.Server.Read(new byte[100]);
            pair.Client.OnReadable(hungUp: false);
            _ = pair.Client.Read(new byte[100]);
        }
        Assert.Equal(IoResult.Failed, result);
        Assert.Contains("messages beside hardly any data", pair.Server.Failure);
    }

    [Fact]
    public void Read_OfAFewKeyUpdates_GoesOn()
    {
        using var pair = TlsPair.Connect(_client, _server, _listener);
        for (var i = 0; i < 10; i++)
        {
            KeyUpdates.Send(pair.Client);
            pair.Send(pair.Client, pair.Server, "to"u8);
            pair.Send(pair.Server, pair.Client, "fro"u8);
        }
    }

    public void Dispose()
    {
        _client.Release();
        _server.Release();
        _listener.Dispose();
    }
}
