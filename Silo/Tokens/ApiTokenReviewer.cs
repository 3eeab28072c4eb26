using System.Text.Json.Nodes;
using Mesh.Kubernetes;
using Mesh.Kubernetes.Configuration;

namespace Mesh.Silo.Tokens;

/// <summary>
/// Asks the API server (authentication.k8s.io/v1 TokenReview). It must confirm the audience: one that does not know audiences answers
/// for any token.
/// </summary>
internal sealed class ApiTokenReviewer(KubernetesClient client) : ITokenReviewer
{
    private const string PodName = "authentication.kubernetes.io/pod-name";
    private const string PodUid = "authentication.kubernetes.io/pod-uid";

    public async Task<TokenReviewResult> ReviewAsync(string token, string audience, CancellationToken cancellationToken)
    {
        var review = new JsonObject
        {
            ["apiVersion"] = "authentication.k8s.io/v1",
            ["kind"] = "TokenReview",
            ["spec"] = new JsonObject { ["token"] = token, ["audiences"] = new JsonArray(audience) },
        };
        try
        {
            var answer = await client.SendJsonAsync(
                HttpMethod.Post, "/apis/authentication.k8s.io/v1/tokenreviews", review, cancellationToken);
            return Read(answer?["status"], audience);
        }
        catch (Exception e) when (e is KubernetesException or HttpRequestException or TimeoutException or KubernetesConfigurationException)
        {
            return TokenReviewResult.Unavailable(e.Message);
        }
        catch (InvalidOperationException)
        {
            return TokenReviewResult.Unavailable("its answer is no TokenReview.");
        }
    }

    /// <param name="status">The status of a TokenReview.</param>
    /// <param name="audience">The audience asked about.</param>
    /// <exception cref="InvalidOperationException">A field is of a wrong type.</exception>
    internal static TokenReviewResult Read(JsonNode? status, string audience)
    {
        if (status?["authenticated"]?.GetValue<bool>() != true)
        {
            var error = status?["error"]?.GetValue<string>();
            return TokenReviewResult.Rejected(string.IsNullOrEmpty(error) ? "not authenticated." : error + ".");
        }
        if (status["audiences"] is not JsonArray audiences || !audiences.Any(a => a?.GetValue<string>() == audience))
        {
            return TokenReviewResult.Rejected("the token is for another audience.");
        }
        var user = status["user"];
        return new TokenReviewResult(
            TokenReviewOutcome.Authenticated,
            user?["username"]?.GetValue<string>() ?? "",
            First(user?["extra"]?[PodName]),
            First(user?["extra"]?[PodUid]),
            "");
    }

    private static string First(JsonNode? values) =>
        values is JsonArray { Count: > 0 } array ? array[0]?.GetValue<string>() ?? "" : "";
}
