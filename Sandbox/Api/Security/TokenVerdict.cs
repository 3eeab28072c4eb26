namespace Mesh.Sandbox.Api.Security;

/// <summary>What a token turned out to be.</summary>
/// <param name="User">Null: it is not accepted.</param>
/// <param name="Audiences">Of the audiences asked for, those the token is meant for.</param>
/// <param name="Error">Why it is not accepted.</param>
internal sealed record TokenVerdict(UserInfo? User, IReadOnlyList<string> Audiences, string? Error)
{
    public static TokenVerdict Rejected(string error) => new(null, [], error);
}
