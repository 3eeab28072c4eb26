using System.Text.Json.Nodes;
using Mesh.Sandbox.Api.Json;
using Mesh.Testing;

namespace Mesh.Sandbox.Tests.Api;

public sealed class SecurityTests : IAsyncLifetime
{
    private const string Default = "/api/v1/namespaces/default";
    private readonly ManualTimeProvider _time = new();
    private TestCluster _cluster = null!;

    public async ValueTask InitializeAsync()
    {
        // Certificates are checked against the clock, so the manual one begins now.
        _time.Advance(TimeProvider.System.GetUtcNow() - _time.GetUtcNow());
        _cluster = await TestCluster.StartAsync(_time);
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task NoCredentials_AreUnauthorized()
    {
        var anonymous = _cluster.ClientWith(null);

        Assert.Equal(401, (await _cluster.SendAsync(HttpMethod.Get, Default, client: anonymous)).Code);
        Assert.Equal(200, (await _cluster.SendAsync(HttpMethod.Get, "/version", client: anonymous)).Code);
    }

    [Fact]
    public async Task CertificateOfAnotherAuthority_IsUnauthorized()
    {
        using var other = new TestCertificates();
        using var handler = new SocketsHttpHandler { UseProxy = false };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, _) => true;
        handler.SslOptions.ClientCertificates = [other.Issue("CN=admin, O=system:masters")];
        using var client = new HttpClient(handler) { BaseAddress = _cluster.Address };

        Assert.Equal(401, (await _cluster.SendAsync(HttpMethod.Get, Default, client: client)).Code);
    }

    [Fact]
    public async Task GarbageToken_IsUnauthorized()
    {
        foreach (var token in new[] { "x", "a.b.c", "..", "eyJhbGciOiJub25lIn0.e30." })
        {
            var client = _cluster.ClientWith(null, token);
            Assert.Equal(401, (await _cluster.SendAsync(HttpMethod.Get, Default, client: client)).Code);
        }
    }

    [Fact]
    public async Task ServiceAccount_MayDoWhatItsRolesSay()
    {
        var client = _cluster.ClientWith(null, await TokenAsync("{}"));
        var (code, status) = await _cluster.SendAsync(HttpMethod.Get, $"{Default}/pods", client: client);
        Assert.Equal(403, code);
        Assert.Equal(
            "pods is forbidden: User \"system:serviceaccount:default:default\" cannot list resource \"pods\" in API group \"\" in the namespace \"default\"",
            status.Text("message"));
        await _cluster.CreateAsync("/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles",
            """{"metadata":{"name":"r"},"rules":[{"apiGroups":[""],"resources":["pods"],"verbs":["list"]}]}""");
        await _cluster.CreateAsync("/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings", """
            {"metadata":{"name":"r"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"r"},
             "subjects":[{"kind":"ServiceAccount","name":"default","namespace":"default"}]}
            """);

        Assert.Equal(200, (await _cluster.SendAsync(HttpMethod.Get, $"{Default}/pods", client: client)).Code);
        Assert.Equal(403, (await _cluster.SendAsync(HttpMethod.Get, "/api/v1/pods", client: client)).Code);
        Assert.Equal(403, (await _cluster.SendAsync(HttpMethod.Get, $"{Default}/secrets", client: client)).Code);
    }

    [Fact]
    public async Task TokenReview_OfAPodsToken_NamesPodAndNode()
    {
        await _cluster.AddNodeAsync("n1");
        var pod = await _cluster.CreateAsync($"{Default}/pods",
            """{"metadata":{"name":"p"},"spec":{"nodeName":"n1","containers":[{"name":"c","image":"i"}]}}""");
        var token = await TokenAsync($$$"""
            {"spec":{"audiences":["mesh"],"boundObjectRef":{"kind":"Pod","apiVersion":"v1","name":"p","uid":"{{{pod.Text("metadata", "uid")}}}"} } }
            """);
        var review = await ReviewAsync(token, "mesh");

        Assert.True(review.Flag("authenticated"));
        Assert.Equal("system:serviceaccount:default:default", review.Text("user", "username"));
        Assert.Equal("p", review.Texts("user", "extra", "authentication.kubernetes.io/pod-name").Single());
        Assert.Equal("n1", review.Texts("user", "extra", "authentication.kubernetes.io/node-name").Single());
        Assert.Contains("system:serviceaccounts:default", review.Texts("user", "groups"));
        Assert.Equal(["mesh"], review.Texts("audiences"));

        Assert.Null((await ReviewAsync(token, "other")).Flag("authenticated"));
        await _cluster.DeleteAsync($"{Default}/pods/p", """{"gracePeriodSeconds":0}""");
        Assert.Null((await ReviewAsync(token, "mesh")).Flag("authenticated"));
    }

    [Fact]
    public async Task Token_AfterItsTime_IsRejected()
    {
        var token = await TokenAsync("""{"spec":{"audiences":["mesh"],"expirationSeconds":600}}""");
        Assert.True((await ReviewAsync(token, "mesh")).Flag("authenticated"));
        _time.Advance(TimeSpan.FromSeconds(601));

        Assert.Contains("expired", (await ReviewAsync(token, "mesh")).Text("error"));
    }

    [Fact]
    public async Task TokenRequest_TooShort_IsRefused()
    {
        var (code, _) = await _cluster.SendAsync(HttpMethod.Post, $"{Default}/serviceaccounts/default/token",
            JsonNode.Parse("""{"spec":{"expirationSeconds":10}}"""));

        Assert.Equal(422, code);
    }

    private async Task<string> TokenAsync(string request) =>
        (await _cluster.CreateAsync($"{Default}/serviceaccounts/default/token", request)).Text("status", "token")!;

    private async Task<JsonObject> ReviewAsync(string token, string audience) =>
        (await _cluster.CreateAsync("/apis/authentication.k8s.io/v1/tokenreviews",
            new JsonObject { ["spec"] = new JsonObject { ["token"] = token, ["audiences"] = new JsonArray(audience) } }.ToJsonString())).Map("status")!;
}
