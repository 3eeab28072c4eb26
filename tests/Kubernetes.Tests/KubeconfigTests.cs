using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Mesh.Kubernetes.Configuration;
using Mesh.Kubernetes.Resources;
using Mesh.Testing;

namespace Mesh.Kubernetes.Tests;

public sealed class KubeconfigTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mesh-kubeconfig-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Connect_ClientCertificateAndAuthorityAsData_ReachesTheServerWithThem()
    {
        var (authority, server, client) = Certificates();
        await using var api = await FakeApiServer.StartAsync(server, requireClientCertificate: true);
        api.On("GET /api/v1/nodes/n", """{"metadata":{"name":"n"}}""");
        var path = Write("config", $$"""
            current-context: east
            clusters:
            - name: c
              cluster:
                server: "{{api.Address}}"
                certificate-authority-data: {{Base64(authority.ExportCertificatePem())}}
            users:
            - name: u
              user:
                client-certificate-data: {{Base64(client.ExportCertificatePem())}}
                client-key-data: {{Base64(client.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem())}}
            contexts: [{name: east, context: {cluster: c, user: u, namespace: mc-demo} }]
            """);
        var connection = ClusterConnection.FromKubeconfig(path);
        Assert.Equal(("east", "mc-demo"), (connection.Context, connection.Namespace));
        using var kubernetes = new KubernetesClient(connection);
        await kubernetes.GetAsync<Node>(null, "n", TestContext.Current.CancellationToken);
        Assert.Equal("CN=client", api.Requests.Single().ClientCertificate);
    }

    [Fact]
    public async Task Connect_OtherAuthority_RefusesTheServerUnlessToldToSkip()
    {
        var (_, server, _) = Certificates();
        var (other, _, _) = Certificates();
        File.WriteAllText(Path.Combine(_folder, "ca.crt"), other.ExportCertificatePem());
        File.WriteAllText(Path.Combine(_folder, "token"), "from-file\n");
        await using var api = await FakeApiServer.StartAsync(server);
        api.On("GET /api/v1/nodes/n", """{"metadata":{"name":"n"}}""");
        var path = Write("config", $$"""
            clusters:
            - {name: strict, cluster: {server: "{{api.Address}}", certificate-authority: ca.crt} }
            - {name: lax, cluster: {server: "{{api.Address}}", insecure-skip-tls-verify: true} }
            users: [{name: u, user: {tokenFile: token} }]
            contexts:
            - {name: strict, context: {cluster: strict, user: u} }
            - {name: lax, context: {cluster: lax, user: u} }
            """);
        using var strict = new KubernetesClient(ClusterConnection.FromKubeconfig(path, "strict"));
        await Assert.ThrowsAsync<HttpRequestException>(() => strict.GetAsync<Node>(null, "n", TestContext.Current.CancellationToken));
        using var lax = new KubernetesClient(ClusterConnection.FromKubeconfig(path, "lax"));
        await lax.GetAsync<Node>(null, "n", TestContext.Current.CancellationToken);
        Assert.Equal("Bearer from-file", api.Requests.Single().Headers["Authorization"]);
    }

    [Fact]
    public void Load_SeveralFiles_TheFirstOfEachNameWinsAndMissingOnesArePassedOver()
    {
        var first = Write("first", """
            current-context: a
            clusters: [{name: c, cluster: {server: "https://first"}}]
            contexts: [{name: a, context: {cluster: c}}]
            """);
        var second = Write("second", """
            current-context: b
            clusters: [{name: c, cluster: {server: "https://second"}}, {name: d, cluster: {server: "https://other"}}]
            contexts: [{name: a, context: {cluster: d}}, {name: b, context: {cluster: d}}]
            """);
        var config = Kubeconfig.Load(null, string.Join(Path.PathSeparator, Path.Combine(_folder, "none"), first, second), "/nowhere");
        Assert.Equal("a", config.CurrentContext);
        Assert.Equal(["a", "b"], config.Contexts);
        Assert.Equal("first", config.Connect().Server.Host);
        Assert.Equal("other", config.Connect("b").Server.Host);
    }

    [Theory]
    [InlineData("contexts: [{name: a, context: {cluster: c}}]", "a", "which is not in")]
    [InlineData("contexts: []", null, "No cluster is configured")]
    [InlineData("contexts: [{name: a, context: {cluster: c}}]", null, "Pass --context; there are: a")]
    [InlineData("contexts: [{name: a, context: {cluster: c}}]", "b", "Contexts there: a")]
    [InlineData("[1]", "a", "not a YAML mapping")]
    [InlineData("a: [", "a", "cannot be read: not valid YAML at line ")]
    [InlineData("clusters: [{name: c, cluster: {}}]\ncontexts: [{name: a, context: {cluster: c}}]", "a", "it has no server")]
    [InlineData("clusters: [{name: c, cluster: {server: 'ftp://x'}}]\ncontexts: [{name: a, context: {cluster: c}}]", "a", "not an http")]
    [InlineData(
        "clusters: [{name: c, cluster: {server: 'http://x', certificate-authority-data: '%%'}}]\ncontexts: [{name: a, context: {cluster: c}}]",
        "a", "certificate-authority-data is not base64")]
    [InlineData(
        "clusters: [{name: c, cluster: {server: 'http://x'}}]\nusers: [{name: u, user: {auth-provider: {}}}]\n"
        + "contexts: [{name: a, context: {cluster: c, user: u}}]", "a", "auth-provider is not supported")]
    [InlineData(
        "clusters: [{name: c, cluster: {server: 'http://x'}}]\nusers: [{name: u, user: {client-key: k}}]\n"
        + "contexts: [{name: a, context: {cluster: c, user: u}}]", "a", "client-key")]
    public void Connect_BrokenConfiguration_SaysWhatIsWrong(string yaml, string? context, string expected)
    {
        var path = Write("config", yaml);
        var error = Assert.Throws<KubernetesConfigurationException>(() => ClusterConnection.FromKubeconfig(path, context));
        Assert.Contains(expected, error.Message);
        Assert.Contains(path, error.Message);
    }

    [Fact]
    public async Task Connect_ExecPlugin_ItsTokenIsUsed()
    {
        var path = Write("config", """
            current-context: a
            clusters: [{name: c, cluster: {server: "http://x"}}]
            users:
            - name: u
              user:
                exec:
                  apiVersion: client.authentication.k8s.io/v1
                  command: /bin/sh
                  args: ["-c", "printf '{\"status\":{\"token\":\"%s\"}}' \"$WHO\""]
                  env: [{name: WHO, value: me}]
            contexts: [{name: a, context: {cluster: c, user: u}}]
            """);
        var connection = ClusterConnection.FromKubeconfig(path);
        Assert.Equal("me", await connection.Token!.GetAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task InCluster_TokenIsRenewedInItsFile_TheNewOneIsUsed()
    {
        var (authority, _, _) = Certificates();
        File.WriteAllText(Path.Combine(_folder, "ca.crt"), authority.ExportCertificatePem());
        var connection = InClusterConfiguration.Load(
            name => name == "KUBERNETES_SERVICE_HOST" ? "fd00::1" : "6443", _folder);
        Assert.Equal("https://[fd00::1]:6443/", connection.Server.AbsoluteUri);
        Assert.False(connection.UseEnvironmentProxy);

        var time = new ManualTimeProvider();
        var file = Write("token", "one");
        var token = new TokenFile(file, time);
        Assert.Equal("one", await token.GetAsync(TestContext.Current.CancellationToken));
        Write("token", "two");
        Assert.Equal("one", await token.GetAsync(TestContext.Current.CancellationToken));
        time.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal("two", await token.GetAsync(TestContext.Current.CancellationToken));
        File.Delete(file);
        time.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal("two", await token.GetAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public void InCluster_OutsideOfACluster_SaysSo()
    {
        var error = Assert.Throws<KubernetesConfigurationException>(() => InClusterConfiguration.Load(_ => null, _folder));
        Assert.Contains("does not run in a pod", error.Message);
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static (X509Certificate2 Authority, X509Certificate2 Server, X509Certificate2 Client) Certificates()
    {
        var now = TimeProvider.System.GetUtcNow();
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN=authority {Guid.NewGuid()}", authorityKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var authority = request.CreateSelfSigned(now.AddHours(-1), now.AddHours(2));
        return (authority, Leaf("CN=server"), Leaf("CN=client"));

        X509Certificate2 Leaf(string subject)
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var leaf = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
            var names = new SubjectAlternativeNameBuilder();
            names.AddIpAddress(System.Net.IPAddress.Loopback);
            leaf.CertificateExtensions.Add(names.Build());
            var serial = RandomNumberGenerator.GetBytes(16);
            return leaf.Create(authority, now.AddHours(-1), now.AddHours(1), serial).CopyWithPrivateKey(key);
        }
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
