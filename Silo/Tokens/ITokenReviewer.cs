namespace Mesh.Silo.Tokens;

/// <summary>Asks whose a bearer token is.</summary>
internal interface ITokenReviewer
{
    /// <param name="token">As the caller sent it.</param>
    /// <param name="audience">What the token must be made for.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task<TokenReviewResult> ReviewAsync(string token, string audience, CancellationToken cancellationToken);
}
