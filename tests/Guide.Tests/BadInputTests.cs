using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Mesh.Guide.Tests.Fixture;
using Mesh.Testing;

namespace Mesh.Guide.Tests;

/// <summary>Manifests that are wrong and bytes that are worse: access is never widened, and nothing dies of them.</summary>
[Collection(GuideCollection.Name)]
public sealed class BadInputTests(GuideFixture guide)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Apply_ServerOfUnknownVersion_IsRefused()
    {
        var result = await guide.TryAsync("kubectl --context east apply -f -",
            """
            apiVersion: policy.linkerd.io/v9
            kind: Server
            metadata: { name: unknown-version, namespace: mc-demo }
            spec: { podSelector: { matchLabels: { app: bb } }, port: 8080 }
            """);

        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("no matches for kind \"Server\" in version \"policy.linkerd.io/v9\"", result.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("both-kinds", "MeshTLSAuthentication",
        "spec: { identities: ['*'], identityRefs: [{ kind: ServiceAccount, name: slow-cooker-evil }] }")]
    [InlineData("bad-cidr", "NetworkAuthentication", "spec: { networks: [{ cidr: 10.0.0.0/64 }] }")]
    [InlineData("except-outside", "NetworkAuthentication", "spec: { networks: [{ cidr: 10.0.0.0/8, except: [192.168.0.0/16] }] }")]
    public async Task Authentication_ThatIsInvalid_AllowsNobodyAndSaysSo(string name, string kind, string spec)
    {
        await guide.RunAsync("kubectl --context east apply -f -",
            $$"""
            apiVersion: policy.linkerd.io/v1alpha1
            kind: {{kind}}
            metadata: { name: {{name}}, namespace: mc-demo }
            {{spec}}
            ---
            apiVersion: policy.linkerd.io/v1alpha1
            kind: AuthorizationPolicy
            metadata: { name: {{name}}, namespace: mc-demo }
            spec:
              targetRef: { group: policy.linkerd.io, kind: Server, name: bb }
              requiredAuthenticationRefs: [{ group: policy.linkerd.io, kind: {{kind}}, name: {{name}} }]
            """);
        await guide.UntilAsync(
            $"kubectl --context east -n mc-demo get {kind.ToLowerInvariant()} {name} -o jsonpath='{{.status.conditions[?(@.type==\"Accepted\")].status}}'",
            text => text.Trim() == "False");

        await EvilIsStillRefusedAsync();

        await guide.RunAsync($"kubectl --context east -n mc-demo delete authorizationpolicy,{kind.ToLowerInvariant()} {name}");
    }

    [Fact]
    public async Task Policy_NamingAServerThatDoesNotExist_AllowsNobodyAndSaysSo()
    {
        await guide.RunAsync("kubectl --context east apply -f -",
            """
            apiVersion: policy.linkerd.io/v1alpha1
            kind: AuthorizationPolicy
            metadata: { name: no-such-server, namespace: mc-demo }
            spec:
              targetRef: { group: policy.linkerd.io, kind: Server, name: no-such-server }
              requiredAuthenticationRefs: []
            """);
        await guide.UntilAsync(
            "kubectl --context east -n mc-demo get authorizationpolicy no-such-server -o jsonpath='{.status.conditions[*].status}'",
            text => text.Contains("False", StringComparison.Ordinal));

        await EvilIsStillRefusedAsync();

        await guide.RunAsync("kubectl --context east -n mc-demo delete authorizationpolicy no-such-server");
    }

    [Fact]
    public async Task Link_ToAClusterNobodyKnows_SaysSoAndMirrorsNothing()
    {
        await guide.RunAsync("kubectl --context west apply -f -",
            """
            apiVersion: multicluster.linkerd.io/v1alpha3
            kind: Link
            metadata: { name: nowhere, namespace: mesh-multicluster }
            spec:
              targetClusterName: nowhere
              remoteDiscoverySelector: { matchLabels: { mirror.linkerd.io/exported: remote-discovery } }
            """);

        var check = "";
        await Eventually.Holds(
            async () =>
            {
                var result = await guide.TryAsync("mesh --context west multicluster check --wait=1s");
                check = result.Output + result.Errors;
                return check.Contains("nowhere", StringComparison.Ordinal);
            },
            TimeSpan.FromSeconds(30), () => check, Cancellation);
        Assert.DoesNotContain("-nowhere", await guide.RunAsync("kubectl --context west get svc -A"), StringComparison.Ordinal);

        await guide.RunAsync("kubectl --context west -n mesh-multicluster delete link nowhere");
    }

    [Fact]
    public async Task Mirror_WithANameOver63Characters_IsNotWrittenAndTheLinkSaysSo()
    {
        var name = "a-service-whose-mirror-would-have-a-name-that-is-too-long-57ch";
        await guide.RunAsync("kubectl --context east apply -f -", EchoService.Service(name));

        await guide.UntilAsync(
            "kubectl --context west -n mesh-multicluster get link target -o jsonpath='{.status.mirrorServices}'",
            text => text.Contains("InvalidService", StringComparison.Ordinal) && text.Contains(name, StringComparison.Ordinal));
        Assert.DoesNotContain(name, await guide.RunAsync("kubectl --context west -n mc-demo get svc"), StringComparison.Ordinal);

        await guide.RunAsync($"kubectl --context east -n mc-demo delete svc {name}");
    }

    [Fact]
    public async Task Bytes_ThatAreGarbageOrHalfAHandshake_NothingCrashesAndTrafficGoesOn()
    {
        var proxies = guide.Processes.Running("Mesh.Proxy.dll").Order().ToList();
        var bb = (await BbAddressAsync()).Ip;
        var from = await guide.SlowCookerNamespaceAsync();
        var random = new Random(20260101);
        for (var round = 0; round < 50; round++)
        {
            var garbage = new byte[random.Next(1, 20_000)];
            random.NextBytes(garbage);
            await SendAsync(from, bb, garbage);
        }
        // A TLS record header that promises a ClientHello, and nothing after it.
        using var half = PodNetwork.Socket(from);
        await half.ConnectAsync(IPAddress.Parse(bb), 8080, Cancellation);
        await half.SendAsync(new byte[] { 0x16, 0x03, 0x01, 0x02, 0x00, 0x01 }, Cancellation);

        await SlowCookerGoesOnAsync();
        Assert.Equal(proxies, guide.Processes.Running("Mesh.Proxy.dll").Order());
    }

    [Fact]
    public async Task Client_WithACertificateOfAnotherAuthority_IsRefused()
    {
        var bb = (await BbAddressAsync()).Ip;
        using var certificate = ForeignCertificate("slow-cooker.mc-demo.serviceaccount.identity.linkerd.cluster.local");
        // From outside any meshed pod: a node's own namespace.
        using var socket = PodNetwork.Socket(guide.Processes.Namespaces().First(name => name.EndsWith("-west-1", StringComparison.Ordinal)));
        await socket.ConnectAsync(IPAddress.Parse(bb), 8080, Cancellation);
        await using var tls = new SslStream(new NetworkStream(socket));

        var refused = await Record.ExceptionAsync(async () =>
        {
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = "bb",
                    ApplicationProtocols = [new SslApplicationProtocol("mesh/1")],
                    ClientCertificates = [certificate],
                    RemoteCertificateValidationCallback = (_, _, _, _) => true,
                },
                Cancellation);
            // With TLS 1.3 the server's refusal comes after the client's side of the handshake is done.
            await tls.WriteAsync("GET / HTTP/1.1\r\nHost: bb\r\n\r\n"u8.ToArray(), Cancellation);
            var answer = new byte[1024];
            var read = await tls.ReadAsync(answer, Cancellation);
            Assert.True(read == 0, $"answered: {Encoding.ASCII.GetString(answer, 0, read)}");
        });

        Assert.True(refused is null or IOException or System.Security.Authentication.AuthenticationException, $"{refused}");
        await SlowCookerGoesOnAsync();
    }

    [Fact]
    public async Task Plaintext_StraightToTheServersPod_IsRefusedByPolicy()
    {
        var bb = (await BbAddressAsync()).Ip;
        using var client = PodNetwork.HttpClient(guide.Processes.Namespaces().First(name => name.EndsWith("-west-1", StringComparison.Ordinal)));

        using var response = await client.GetAsync(new Uri($"http://{bb}:8080/"), Cancellation);

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.False(response.Headers.Contains("l5d-proxy-error"), "the reason is for meshed peers only");
    }

    private static async Task SendAsync(string from, string ip, byte[] bytes)
    {
        using var socket = PodNetwork.Socket(from);
        await socket.ConnectAsync(IPAddress.Parse(ip), 8080, Cancellation);
        try
        {
            await socket.SendAsync(bytes, Cancellation);
        }
        catch (SocketException)
        {
            // Refused before everything was sent: as good an answer as any.
        }
    }

    private static X509Certificate2 ForeignCertificate(string dnsName)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={dnsName}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(dnsName);
        names.AddUri(new Uri("spiffe://cluster.local/ns/mc-demo/sa/slow-cooker"));
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddMinutes(-1), now.AddHours(1));
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pfx), null);
    }

    private async Task<(string Name, string Ip)> BbAddressAsync()
    {
        var line = await guide.RunAsync(
            "kubectl --context east -n mc-demo get pod -l app=bb -o jsonpath='{.items[0].metadata.name} {.items[0].status.podIP}'");
        return line.Trim().Split(' ') is [var name, var ip] ? (name, ip) : throw new InvalidOperationException($"no bb: {line}");
    }

    private async Task EvilIsStillRefusedAsync()
    {
        // Twenty of its requests after the change, at ten a second, and all of them refused.
        var before = await EvilAsync();
        var after = before;
        await Eventually.Holds(
            async () => (after = await EvilAsync()).Bad >= before.Bad + 20, TimeSpan.FromSeconds(30), () => $"{before} became {after}",
            Cancellation);
        Assert.Equal(before.Good, after.Good);
    }

    private async Task<Cli.Demo.SlowCookerReport> EvilAsync() =>
        Cli.Demo.SlowCookerReport.Parse(await guide.RunAsync("kubectl --context west -n mc-demo logs deploy/slow-cooker-evil --tail=5"))
        ?? throw new InvalidOperationException("slow-cooker-evil's log has no totals yet");

    private async Task SlowCookerGoesOnAsync()
    {
        var before = await guide.SlowCookerAsync();
        var after = before;
        await Eventually.Holds(
            async () => (after = await guide.SlowCookerAsync()).Good >= before.Good + 20,
            TimeSpan.FromSeconds(30), () => $"{before} became {after}", Cancellation);
        Assert.Equal((before.Bad, before.Failed), (after.Bad, after.Failed));
    }
}
