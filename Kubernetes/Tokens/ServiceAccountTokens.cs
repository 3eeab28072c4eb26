using System.Text.Json.Nodes;
using Mesh.Kubernetes.Resources;

namespace Mesh.Kubernetes.Tokens;

/// <summary>Service-account tokens: asking for one, and asking whether one is good.</summary>
public static class ServiceAccountTokens
{
    /// <summary>A token of a service account (TokenRequest).</summary>
    /// <param name="client">Of the cluster that issues it.</param>
    /// <param name="ns">The account's namespace.</param>
    /// <param name="serviceAccount">The account.</param>
    /// <param name="audience">Who shall accept it; null: the API server itself.</param>
    /// <param name="lifetime">How long it shall live; the server may make it shorter.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    public static async Task<string> CreateTokenAsync(
        this KubernetesClient client, string ns, string serviceAccount, string? audience, TimeSpan lifetime, CancellationToken cancellationToken)
    {
        var request = new JsonObject
        {
            ["apiVersion"] = "authentication.k8s.io/v1",
            ["kind"] = "TokenRequest",
            ["spec"] = new JsonObject
            {
                ["audiences"] = audience is null ? [] : new JsonArray(audience),
                ["expirationSeconds"] = (long)lifetime.TotalSeconds,
            },
        };
        var path = ServiceAccount.Definition.Path(ns, serviceAccount, "token");
        var answer = await client.SendJsonAsync(HttpMethod.Post, path, request, cancellationToken);
        return answer?["status"]?["token"]?.ToString() is { Length: > 0 } token
            ? token
            : throw new KubernetesException(System.Net.HttpStatusCode.OK, "", $"The API server gave no token for {ns}/{serviceAccount}.");
    }

    /// <summary>Whose token it is (TokenReview).</summary>
    /// <returns>Not authenticated, with the reason, when the API server does not know the token or it is for another audience.</returns>
    public static async Task<TokenReviewResult> ReviewTokenAsync(
        this KubernetesClient client, string token, string audience, CancellationToken cancellationToken)
    {
        var request = new JsonObject
        {
            ["apiVersion"] = "authentication.k8s.io/v1",
            ["kind"] = "TokenReview",
            ["spec"] = new JsonObject { ["token"] = token, ["audiences"] = new JsonArray(audience) },
        };
        var answer = await client.SendJsonAsync(HttpMethod.Post, "/apis/authentication.k8s.io/v1/tokenreviews", request, cancellationToken);
        var status = answer?["status"] as JsonObject;
        var authenticated = status?["authenticated"] is JsonValue value && value.TryGetValue<bool>(out var yes) && yes;
        // A server that knows nothing of audiences leaves them out; then the token was not checked for ours.
        var audiences = (status?["audiences"] as JsonArray)?.Select(a => a?.ToString()) ?? [];
        if (authenticated && !audiences.Contains(audience))
        {
            return new TokenReviewResult { Error = $"The token is not for the audience {audience}." };
        }
        var user = status?["user"] as JsonObject;
        return new TokenReviewResult
        {
            Authenticated = authenticated,
            Error = authenticated ? null : status?["error"]?.ToString() ?? "The API server does not accept the token.",
            UserName = user?["username"]?.ToString() ?? "",
            Groups = [.. (user?["groups"] as JsonArray)?.Select(g => g?.ToString() ?? "") ?? []],
            Extra = (user?["extra"] as JsonObject)?.ToDictionary(
                e => e.Key, e => (IReadOnlyList<string>)[.. (e.Value as JsonArray)?.Select(v => v?.ToString() ?? "") ?? []]) ?? [],
        };
    }
}
