namespace Mesh.Silo.Tokens;

/// <summary>What the API server says about a token.</summary>
/// <param name="Outcome">Whether there is an answer, and which.</param>
/// <param name="Username">Such as <c>system:serviceaccount:mesh-system:mesh-proxy</c>; empty unless authenticated.</param>
/// <param name="PodName">The pod a projected token is bound to; empty when it is bound to none.</param>
/// <param name="PodUid">That pod's uid; empty when the API server does not say.</param>
/// <param name="Error">Why not, in one line; empty when authenticated.</param>
internal sealed record TokenReviewResult(TokenReviewOutcome Outcome, string Username, string PodName, string PodUid, string Error)
{
    public static TokenReviewResult Rejected(string error) => new(TokenReviewOutcome.Rejected, "", "", "", error);

    public static TokenReviewResult Unavailable(string error) => new(TokenReviewOutcome.Unavailable, "", "", "", error);
}
