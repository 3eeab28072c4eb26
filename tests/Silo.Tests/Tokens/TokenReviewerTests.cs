using System.Text.Json.Nodes;
using Mesh.Kubernetes;
using Mesh.Kubernetes.Configuration;
using Mesh.Silo.Tests.Harness;
using Mesh.Silo.Tokens;
using Mesh.Testing;

namespace Mesh.Silo.Tests.Tokens;

public sealed class TokenReviewerTests
{
    private const string Reviews = "POST /apis/authentication.k8s.io/v1/tokenreviews";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ReviewAsync_GoodToken_HasUserAndPod()
    {
        await using var server = await FakeApiServer.StartAsync();
        server.On(Reviews, """
            {"status":{"authenticated":true,"audiences":["mesh-node-api"],"user":{"username":"system:serviceaccount:mesh-system:mesh-proxy",
             "extra":{"authentication.kubernetes.io/pod-name":["mesh-proxy-x"],"authentication.kubernetes.io/pod-uid":["1-2"]}}}}
            """);
        using var client = new KubernetesClient(new ClusterConnection(server.Address));
        var result = await new ApiTokenReviewer(client).ReviewAsync("abc", "mesh-node-api", Token);
        Assert.Equal(
            new TokenReviewResult(TokenReviewOutcome.Authenticated, "system:serviceaccount:mesh-system:mesh-proxy", "mesh-proxy-x", "1-2", ""), result);
        var spec = JsonNode.Parse(server.Requests[0].Body)!["spec"]!;
        Assert.Equal("abc", (string?)spec["token"]);
        Assert.Equal("mesh-node-api", (string?)spec["audiences"]![0]);
    }

    [Theory]
    [InlineData("""{"status":{"authenticated":false,"error":"expired"}}""", false)]
    [InlineData("""{"status":{"authenticated":true,"user":{"username":"x"}}}""", false)]
    [InlineData("""{"status":{"authenticated":true,"audiences":["other"],"user":{"username":"x"}}}""", false)]
    [InlineData("""{}""", false)]
    [InlineData("""{"status":{"authenticated":"yes"}}""", true)]
    public async Task ReviewAsync_OtherAnswers_AreNoAuthentication(string answer, bool unavailable)
    {
        await using var server = await FakeApiServer.StartAsync();
        server.On(Reviews, answer);
        using var client = new KubernetesClient(new ClusterConnection(server.Address));
        var result = await new ApiTokenReviewer(client).ReviewAsync("abc", "mesh-node-api", Token);
        Assert.Equal((unavailable ? TokenReviewOutcome.Unavailable : TokenReviewOutcome.Rejected, ""), (result.Outcome, result.Username));
        Assert.NotEmpty(result.Error);
    }

    [Fact]
    public async Task ReviewAsync_NoApiServer_IsUnavailable()
    {
        using var client = new KubernetesClient(new ClusterConnection(new Uri("http://127.0.0.1:1")));
        Assert.Equal(TokenReviewOutcome.Unavailable, (await new ApiTokenReviewer(client).ReviewAsync("a", "b", Token)).Outcome);
    }

    [Fact]
    public async Task ReviewAsync_SameTokenSoonAgain_IsRememberedForAWhile()
    {
        var time = new ManualTimeProvider();
        var tokens = new FakeTokens().Add("abc", "a", "me");
        var caching = new CachingTokenReviewer(tokens, time);
        Assert.Equal("me", (await caching.ReviewAsync("abc", "a", Token)).Username);
        Assert.Equal("me", (await caching.ReviewAsync("abc", "a", Token)).Username);
        Assert.Equal(1, tokens.Reviews);
        Assert.Equal(TokenReviewOutcome.Rejected, (await caching.ReviewAsync("abc", "b", Token)).Outcome);
        time.Advance(CachingTokenReviewer.Lifetime);
        await caching.ReviewAsync("abc", "a", Token);
        Assert.Equal(3, tokens.Reviews);
    }

    [Fact]
    public async Task ReviewAsync_Unavailable_IsNotRemembered()
    {
        var tokens = new FakeTokens { Unavailable = true }.Add("abc", "a", "me");
        var caching = new CachingTokenReviewer(tokens, new ManualTimeProvider());
        Assert.Equal(TokenReviewOutcome.Unavailable, (await caching.ReviewAsync("abc", "a", Token)).Outcome);
        tokens.Unavailable = false;
        Assert.Equal("me", (await caching.ReviewAsync("abc", "a", Token)).Username);
    }
}
