namespace Mesh.Silo.Tokens;

internal enum TokenReviewOutcome
{
    /// <summary>The token is good for the audience.</summary>
    Authenticated,

    /// <summary>It is not.</summary>
    Rejected,

    /// <summary>The API server could not be asked; nothing is known.</summary>
    Unavailable,
}
