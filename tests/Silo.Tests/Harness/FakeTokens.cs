using Mesh.Silo.Tokens;

namespace Mesh.Silo.Tests.Harness;

/// <summary>Knows the tokens it is given, for any audience they are given for.</summary>
internal sealed class FakeTokens : ITokenReviewer
{
    private readonly Dictionary<(string Token, string Audience), TokenReviewResult> _tokens = [];

    public int Reviews { get; private set; }

    public bool Unavailable { get; set; }

    public FakeTokens Add(string token, string audience, string username, string pod = "", string uid = "")
    {
        _tokens[(token, audience)] = new TokenReviewResult(TokenReviewOutcome.Authenticated, username, pod, uid, "");
        return this;
    }

    public Task<TokenReviewResult> ReviewAsync(string token, string audience, CancellationToken cancellationToken)
    {
        Reviews++;
        return Task.FromResult(
            Unavailable ? TokenReviewResult.Unavailable("connection refused.")
            : _tokens.GetValueOrDefault((token, audience)) ?? TokenReviewResult.Rejected("unknown token."));
    }
}
