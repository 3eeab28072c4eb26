using Mesh.Proxy.DataPlane;
using Mesh.Proxy.Tests.DataPlane;
using Mesh.Proxy.Tls;
using Mesh.Testing;

namespace Mesh.Proxy.Tests.Tls;

/// <summary>What may be resumed, and above all what may not.</summary>
public sealed class ResumptionTests : IDisposable
{
    private readonly ManualTimeProvider _time = new();
    private readonly TestAuthority _authority = new();
    private readonly List<TlsContext> _contexts = [];
    private readonly TlsServer _listener = new();

    public ResumptionTests() => _time.Advance(TimeProvider.System.GetUtcNow() - _time.GetUtcNow());

    [Fact]
    public void Connect_Again_ResumesAndBothSidesStillKnowWhoTheOtherIs()
    {
        var (client, server) = (Context("slow-cooker"), Context("bb"));
        Assert.False(Connect(client, server));
        for (var i = 0; i < 3; i++)
        {
            // The same ticket serves again and again.
            Assert.True(Connect(client, server));
        }
    }

    [Fact]
    public void Connect_WithResumptionOff_NeverResumes()
    {
        var off = TlsOptions.Default with { ResumptionLifetime = TimeSpan.Zero };
        var (client, server) = (Context("slow-cooker"), Context("bb", off));
        Assert.False(Connect(client, server));
        Assert.False(Connect(client, server));
        Assert.Equal(0, client.Sessions.Count);
        var clientOff = Context("slow-cooker", off);
        var serverOn = Context("bb");
        Assert.False(Connect(clientOff, serverOn));
        Assert.False(Connect(clientOff, serverOn));
    }

    [Fact]
    public void Connect_ToAnotherIdentityAtTheSameAddress_IsAFullHandshakeWithIt()
    {
        var client = Context("slow-cooker");
        Assert.False(Connect(client, Context("bb")));
        using var pair = TlsPair.Connect(client, Context("other"), _listener);
        Assert.True(pair.IsDone, $"{pair.Client.Failure}; {pair.Server.Failure}");
        Assert.False(pair.Client.IsResumed);
        Assert.Equal("other", pair.Client.Peer.ServiceAccount);
    }

    [Fact]
    public void Connect_AfterEitherSidesCertificateWasRenewed_DoesNotResume()
    {
        var (client, server) = (Context("slow-cooker"), Context("bb"));
        Assert.False(Connect(client, server));
        Assert.False(Connect(client, Context("bb")));
        Assert.False(Connect(Context("slow-cooker"), server));
    }

    [Fact]
    public void Connect_AfterTheTrustAnchorsChanged_DoesNotResume()
    {
        var other = new TestAuthority("other root");
        var both = _authority.Issue("mc-demo", "slow-cooker") with { TrustAnchors = [_authority.Anchor, other.Anchor] };
        var (client, server) = (Context("slow-cooker"), Context("bb"));
        Assert.False(Connect(client, server));
        Assert.False(Connect(Context(both), server));
    }

    [Fact]
    public void Connect_WhenTheClientsCertificateHasExpired_IsRefusedAlthoughItHasATicket()
    {
        var soon = _time.GetUtcNow().AddMinutes(10);
        var (client, server) = (Context(Issue("slow-cooker", soon)), Context("bb"));
        Assert.False(Connect(client, server));
        Assert.True(Connect(client, server));
        _time.Advance(TimeSpan.FromMinutes(11));
        using var pair = TlsPair.Connect(client, server, _listener);
        Assert.Equal(HandshakeStatus.Failed, pair.ServerStatus);
        Assert.False(pair.Server.IsResumed);
        Assert.Contains("expired", pair.Server.Failure);
    }

    [Fact]
    public void Connect_WhenTheServersCertificateHasExpired_IsRefusedAlthoughThereIsASession()
    {
        var soon = _time.GetUtcNow().AddMinutes(10);
        var (client, server) = (Context("slow-cooker"), Context(Issue("bb", soon)));
        Assert.False(Connect(client, server));
        Assert.True(Connect(client, server));
        _time.Advance(TimeSpan.FromMinutes(11));
        using var pair = TlsPair.Connect(client, server, _listener);
        Assert.Equal(HandshakeStatus.Failed, pair.ClientStatus);
        Assert.Contains("expired", pair.Client.Failure);
    }

    [Fact]
    public void Connect_AfterTheSessionsLifetime_IsAFullHandshake()
    {
        var (client, server) = (Context("slow-cooker"), Context("bb"));
        Assert.False(Connect(client, server));
        _time.Advance(TimeSpan.FromMinutes(59));
        Assert.True(Connect(client, server));
        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.False(Connect(client, server));
    }

    [Fact]
    public void Connect_Resumed_GivesNoTicketAndKeepsNoOtherSession()
    {
        var (client, server) = (Context("slow-cooker"), Context("bb"));
        Assert.False(Connect(client, server));
        Assert.Equal(1, server.Issued.Count);
        Assert.True(Connect(client, server));
        Assert.True(Connect(client, server));
        Assert.Equal(1, server.Issued.Count);
        Assert.Equal(1, client.Sessions.Count);
    }

    [Fact]
    public void Connect_AfterTheServersContextWasReleased_KeepsNothing()
    {
        var (client, server) = (Context("slow-cooker"), Context("bb"));
        Assert.False(Connect(client, server));
        _contexts.Remove(server);
        server.Release();
        Assert.Equal(0, server.Issued.Count);
    }

    [Fact]
    public void Connect_WhenTheServerHasForgottenTheClient_IsAFullHandshake()
    {
        var (client, server) = (Context("slow-cooker"), Context("bb", TlsOptions.Default with { MaxServerSessions = 1 }));
        Assert.False(Connect(client, server));
        Assert.True(Connect(client, server));
        Assert.False(Connect(Context("another"), server));
        Assert.False(Connect(client, server));
    }

    [Fact]
    public void Connect_ToMoreEndpointsThanAreKept_ForgetsTheOldest()
    {
        var (client, server) = (Context("slow-cooker", TlsOptions.Default with { MaxClientSessions = 2 }), Context("bb"));
        using var second = new TlsServer();
        using var third = new TlsServer();
        foreach (var listener in (TlsServer[])[_listener, second, third])
        {
            Assert.False(Connect(client, server, listener));
        }
        Assert.Equal(2, client.Sessions.Count);
        Assert.True(Connect(client, server, second));
        Assert.True(Connect(client, server, third));
        Assert.False(Connect(client, server, _listener));
    }

    [Fact]
    public void Connect_WhenAResumedConnectionWasCut_ResumesAgain()
    {
        var (client, server) = (Context("slow-cooker"), Context("bb"));
        Assert.False(Connect(client, server, shutdown: false));
        Assert.True(Connect(client, server, shutdown: false));
        Assert.True(Connect(client, server));
    }

    [Fact]
    public void ClientHello_WithASession_OffersResumptionOnlyWithAKeyExchange_AndNoEarlyData()
    {
        var (client, server) = (Context("slow-cooker"), Context("bb"));
        Assert.False(Connect(client, server));
        using var pair = TlsPair.Start(client, server, _listener);
        var hello = HelloExtensions.Read(pair.TakeClientHello());
        // RFC 8446 section 4.2.9: psk_dhe_ke (1) is the only mode.
        Assert.Equal([1, 1], hello[HelloExtensions.PskKeyExchangeModes]);
        Assert.True(hello.ContainsKey(HelloExtensions.PreSharedKey));
        Assert.True(hello.ContainsKey(HelloExtensions.KeyShare));
        Assert.False(hello.ContainsKey(HelloExtensions.EarlyData));
    }

    [Fact]
    public void IsStillTrusted_FollowsTheTrustAnchorsAndTheClock()
    {
        var other = new TestAuthority("other root");
        var (client, server) = (Context(Issue("slow-cooker", _time.GetUtcNow().AddMinutes(10))), Context("bb"));
        Assert.False(Connect(client, server));
        using var pair = TlsPair.Connect(client, server, _listener);
        Assert.True(pair.IsDone);
        Assert.True(pair.Server.IsResumed);
        var renewed = _authority.Issue("mc-demo", "bb");
        Assert.True(pair.Server.IsStillTrusted(server));
        Assert.True(pair.Server.IsStillTrusted(Context(renewed)));
        Assert.True(pair.Server.IsStillTrusted(Context(renewed with { TrustAnchors = [other.Anchor, _authority.Anchor] })));
        Assert.False(pair.Server.IsStillTrusted(Context(renewed with { TrustAnchors = [other.Anchor] })));
        _time.Advance(TimeSpan.FromMinutes(11));
        Assert.False(pair.Server.IsStillTrusted(server));
        Assert.False(pair.Server.IsStillTrusted(Context(renewed with { TrustAnchors = [other.Anchor, _authority.Anchor] })));
        Assert.True(pair.Client.IsStillTrusted(client));
    }

    public void Dispose()
    {
        _listener.Dispose();
        _contexts.ForEach(context => context.Release());
    }

    private TlsContext Context(string serviceAccount, TlsOptions? options = null) =>
        Context(_authority.Issue("mc-demo", serviceAccount), options);

    private TlsContext Context(WorkloadCertificate certificate, TlsOptions? options = null)
    {
        var context = TlsContext.Create(certificate, _time, options);
        _contexts.Add(context);
        return context;
    }

    private WorkloadCertificate Issue(string serviceAccount, DateTimeOffset until) =>
        _authority.Issue("mc-demo", serviceAccount, TestAuthority.NamesOf("mc-demo", serviceAccount), until);

    /// <returns>Whether it was resumed. Both sides must have accepted each other, as who they are.</returns>
    private bool Connect(TlsContext client, TlsContext server, TlsServer? listener = null, bool shutdown = true)
    {
        using var pair = TlsPair.Connect(client, server, listener ?? _listener);
        Assert.True(pair.IsDone, $"client {pair.Client.Failure}; server {pair.Server.Failure}");
        Assert.Equal(server.Identity, pair.Client.Peer);
        Assert.Equal(client.Identity, pair.Server.Peer);
        Assert.Equal(pair.Client.IsResumed, pair.Server.IsResumed);
        pair.Send(pair.Server, pair.Client, "ticket"u8);
        pair.Send(pair.Client, pair.Server, "data"u8);
        if (shutdown)
        {
            pair.Client.Shutdown();
            pair.Server.Shutdown();
        }
        return pair.Client.IsResumed;
    }
}
