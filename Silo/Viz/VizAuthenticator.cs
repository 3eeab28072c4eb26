using Mesh.Silo.Configuration;
using Mesh.Silo.Tokens;

namespace Mesh.Silo.Viz;

/// <summary>
/// Lets those read statistics who can make a token for the service account <c>mesh-viz</c>: Kubernetes' own RBAC decides who that is. The
/// token comes in a header of its own, since the API server keeps the usual one for itself when it proxies.
/// </summary>
internal sealed class VizAuthenticator(ITokenReviewer tokens, SiloOptions options)
{
    public const string Header = "Mesh-Authorization";
    public const string Audience = "mesh-viz";
    public const string ServiceAccount = "mesh-viz";

    /// <returns>Null when the caller may read.</returns>
    public async Task<VizRefusal?> RefuseAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (!BearerToken.TryRead(request, Header, out var token))
        {
            return new VizRefusal(
                401, "Not authenticated",
                $"The request has no '{Header}: Bearer' header. Send a token of service account "
                    + $"{options.PodNamespace}/{ServiceAccount} for audience {Audience}.");
        }
        var review = await tokens.ReviewAsync(token, Audience, cancellationToken);
        var account = $"system:serviceaccount:{options.PodNamespace}:{ServiceAccount}";
        return review.Outcome switch
        {
            TokenReviewOutcome.Unavailable => new VizRefusal(
                503, "Token not reviewed", $"The API server could not review the token: {review.Error} Try again."),
            TokenReviewOutcome.Rejected => new VizRefusal(
                401, "Token rejected", $"The API server rejects the token for audience {Audience}: {review.Error} Make a new one."),
            _ when review.Username != account => new VizRefusal(
                403, "Not allowed", $"The token is {review.Username}'s; only {account} may read statistics."),
            _ => null,
        };
    }
}
