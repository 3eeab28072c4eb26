using System.Net;
using System.Text.Json.Nodes;
using Mesh.Silo.Hosting;
using Mesh.Silo.Tests.Harness;
using Mesh.Silo.Viz;

namespace Mesh.Silo.Tests.Viz;

public sealed class VizEndpointTests : IAsyncLifetime
{
    private const string Account = "system:serviceaccount:mesh-system:mesh-viz";

    private SiloHarness _silo = null!;
    private HttpClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        _silo = await SiloHarness.StartAsync();
        _silo.Tokens.Add("good", VizAuthenticator.Audience, Account)
            .Add("proxy-1", VizAuthenticator.Audience, SiloHarness.ProxyAccount)
            .Add("other-audience", "mesh-node-api", Account);
        _client = new HttpClient { BaseAddress = _silo.Viz };
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _silo.DisposeAsync();
    }

    [Theory]
    [InlineData(null, 401, "no 'Mesh-Authorization: Bearer'")]
    [InlineData("bad", 401, "unknown token")]
    [InlineData("other-audience", 401, "audience mesh-viz")]
    [InlineData("proxy-1", 403, "only system:serviceaccount:mesh-system:mesh-viz")]
    public async Task Get_WrongToken_IsAProblem(string? token, int status, string detail)
    {
        foreach (var path in new[] { "/api/v1/stat", "/api/v1/authz", "/api/v1/status", "/" })
        {
            var (code, json, type) = await GetAsync(path, token);
            Assert.Equal(status, (int)code);
            Assert.Equal("application/problem+json", type);
            Assert.Equal(status, (int)json["status"]!);
            Assert.Contains(detail, (string?)json["detail"], StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Get_ApiServerAway_Is503()
    {
        _silo.Tokens.Unavailable = true;
        var (code, json, _) = await GetAsync("/api/v1/status", "good");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, code);
        Assert.Contains("Try again", (string?)json["detail"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/api/v1/stat?kind=secret", 400, "'secret'")]
    [InlineData("/api/v1/stat?window=5", 400, "'5'")]
    [InlineData("/api/v1/authz?window=1h", 400, "'1h'")]
    [InlineData("/api/v2/stat", 404, "/api/v1/stat")]
    public async Task Get_BadRequest_SaysWhat(string path, int status, string detail)
    {
        var (code, json, _) = await GetAsync(path, "good");
        Assert.Equal(status, (int)code);
        Assert.Contains(detail, (string?)json["detail"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_Stat_HasTheMeshedPods()
    {
        _silo.AddPod("mc-demo", "bb", "bb", "node-1", meshed: true);
        _silo.AddPod("mc-demo", "plain", "plain", "node-1");
        var (code, json, _) = await GetAsync("/api/v1/stat?namespace=mc-demo&kind=pod&window=60", "good");
        Assert.Equal(HttpStatusCode.OK, code);
        Assert.Contains(json.AsArray(), row => (string?)row!["name"] == "bb" && (string?)row["meshed"] == "1/1");
        Assert.Equal(["east/mc-demo"], _silo.Grains.TrafficKeys);
    }

    [Fact]
    public async Task Get_Authz_IsAList()
    {
        var (code, json, _) = await GetAsync("/api/v1/authz?namespace=mc-demo&kind=deploy", "good");
        Assert.Equal(HttpStatusCode.OK, code);
        Assert.Empty(json.AsArray());
    }

    [Fact]
    public async Task Get_Status_ListsSilos()
    {
        _silo.Members.Current =
        [
            new SiloMember(IPEndPoint.Parse("10.20.1.4:11111"), "west", false, true),
            new SiloMember(IPEndPoint.Parse("10.10.1.4:11111"), "east", true, true),
        ];
        var (code, json, _) = await GetAsync("/api/v1/status", "good");
        Assert.Equal(HttpStatusCode.OK, code);
        Assert.Equal("east", (string?)json["cluster"]);
        Assert.Equal("0.1.0", (string?)json["version"]);
        Assert.Equal(["10.10.1.4:11111", "10.20.1.4:11111"], json["silos"]!.AsArray().Select(s => (string?)s!["address"]));
        Assert.Equal([true, false], json["silos"]!.AsArray().Select(s => (bool)s!["alive"]!));
    }

    [Fact]
    public async Task Post_AnyPath_Is405()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/stat");
        request.Headers.Add(VizAuthenticator.Header, "Bearer good");
        using var response = await _client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
    }

    [Fact]
    public async Task Get_OtherCapabilitysPath_IsNotServed()
    {
        var (code, _, _) = await GetAsync("/metrics", "good");
        Assert.Equal(HttpStatusCode.NotFound, code);
    }

    private async Task<(HttpStatusCode Status, JsonNode Json, string? Type)> GetAsync(string path, string? token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (token is not null)
        {
            request.Headers.Add(VizAuthenticator.Header, "Bearer " + token);
        }
        using var response = await _client.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return (response.StatusCode, JsonNode.Parse(text)!, response.Content.Headers.ContentType?.MediaType);
    }
}
