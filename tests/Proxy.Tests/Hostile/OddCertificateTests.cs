using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mesh.Proxy.DataPlane;
using Mesh.Proxy.Metrics;
using Mesh.Proxy.Tests.DataPlane;

namespace Mesh.Proxy.Tests.Hostile;

/// <summary>
/// Client certificates with the right names and something wrong about everything else; each is compared with one that is good. Odd
/// names are in PeerIdentityFuzzTests, more in HostileClientTests.
/// </summary>
[Collection(nameof(EngineTests))]
public sealed class OddCertificateTests
{
    private const string ClientUse = "1.3.6.1.5.5.7.3.2";
    private const string ServerUse = "1.3.6.1.5.5.7.3.1";
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Certificate_ThatIsGood_IsAccepted()
    {
        await using var chain = TestChain.Start(Backend.Echo());
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = chain.Authority.Sign(Request(key), Now.AddHours(-1), Now.AddHours(1)).CopyWithPrivateKey(key);
        Assert.Null(await Record.ExceptionAsync(() => RequestAsync(chain, certificate)));
        Assert.Equal(1, chain.Backend.Accepted);
    }

    [Fact]
    public async Task Certificate_NotYetValid_IsRefused()
    {
        await using var chain = TestChain.Start(Backend.Echo());
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await AssertRefusedAsync(chain, chain.Authority.Sign(Request(key), Now.AddMinutes(30), Now.AddHours(1)).CopyWithPrivateKey(key));
    }

    [Fact]
    public async Task Certificate_SignedByItself_IsRefused()
    {
        await using var chain = TestChain.Start(Backend.Echo());
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await AssertRefusedAsync(chain, Request(key).CreateSelfSigned(Now.AddHours(-1), Now.AddHours(1)));
    }

    [Fact]
    public async Task Certificate_SignedByAnotherWorkload_IsRefused()
    {
        // A workload that holds a good certificate makes itself another.
        await using var chain = TestChain.Start(Backend.Echo());
        using var workloadKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var workload = chain.Authority.Sign(Request(workloadKey), Now.AddHours(-1), Now.AddHours(2)).CopyWithPrivateKey(workloadKey);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var generator = X509SignatureGenerator.CreateForECDsa(workloadKey);
        using var forged = Request(key).Create(workload.SubjectName, generator, Now.AddHours(-1), Now.AddHours(1), [1, 2, 3]);
        await AssertRefusedAsync(chain, forged.CopyWithPrivateKey(key), workload);
    }

    [Fact]
    public async Task Certificate_ForServersOnly_IsRefusedFromAClient()
    {
        await using var chain = TestChain.Start(Backend.Echo());
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await AssertRefusedAsync(
            chain, chain.Authority.Sign(Request(key, ServerUse), Now.AddHours(-1), Now.AddHours(1)).CopyWithPrivateKey(key));
    }

    [Fact]
    public async Task Certificate_WithAWeakKey_IsRefused()
    {
        await using var chain = TestChain.Start(Backend.Echo());
        using var key = RSA.Create(1024);
        var request = new CertificateRequest("CN=workload", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pss);
        AddExtensions(request, ClientUse);
        await AssertRefusedAsync(chain, chain.Authority.Sign(request, Now.AddHours(-1), Now.AddHours(1)).CopyWithPrivateKey(key));
    }

    [Fact]
    public async Task Certificate_WithACriticalExtensionNobodyKnows_IsRefused()
    {
        await using var chain = TestChain.Start(Backend.Echo());
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = Request(key);
        request.CertificateExtensions.Add(new X509Extension("1.2.3.4.5.6", [5, 0], critical: true));
        await AssertRefusedAsync(chain, chain.Authority.Sign(request, Now.AddHours(-1), Now.AddHours(1)).CopyWithPrivateKey(key));
    }

    private static CertificateRequest Request(ECDsa key, string use = ClientUse)
    {
        var request = new CertificateRequest("CN=workload", key, HashAlgorithmName.SHA256);
        AddExtensions(request, use);
        return request;
    }

    private static void AddExtensions(CertificateRequest request, string use)
    {
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(TestChain.ClientIdentity);
        names.AddUri(new Uri("spiffe://cluster.local/ns/mc-demo/sa/slow-cooker"));
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(use)], critical: false));
    }

    private static async Task AssertRefusedAsync(TestChain chain, X509Certificate2 certificate, X509Certificate2? issuer = null)
    {
        using (certificate)
        {
            var failure = await Record.ExceptionAsync(() => RequestAsync(chain, certificate, issuer));
            Assert.True(failure is IOException or AuthenticationException, failure?.ToString() ?? "not refused");
            // The alert leaves before the loop counts why.
            await chain.Server.OnLoopAsync(() => true);
            Assert.Equal(1, await chain.Server.ErrorsAsync(ConnectionDirection.Inbound, ProxyError.Handshake));
            Assert.Equal(0, chain.Backend.Accepted);
        }
    }

    private static async Task RequestAsync(TestChain chain, X509Certificate2 certificate, X509Certificate2? issuer = null)
    {
        await using var stream = await TestChain.ConnectAsync(chain.Server.InboundPort, Token);
        await using var tls = new SslStream(stream);
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = "x",
                ApplicationProtocols = [new SslApplicationProtocol("mesh/1")],
                EnabledSslProtocols = SslProtocols.Tls13,
                ClientCertificateContext = SslStreamCertificateContext.Create(certificate, issuer is null ? null : [issuer], offline: true),
                RemoteCertificateValidationCallback = (_, _, _, _) => true,
            },
            Token);
        await tls.WriteAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray(), Token);
        var head = await new WireReader(tls).ReadHeadAsync(Token) ?? throw new IOException("The connection ended.");
        Assert.StartsWith("HTTP/1.1 200", head, StringComparison.Ordinal);
    }
}
