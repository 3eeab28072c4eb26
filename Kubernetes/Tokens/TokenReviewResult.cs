namespace Mesh.Kubernetes.Tokens;

/// <summary>What the API server says about a token.</summary>
public sealed record TokenReviewResult
{
    public bool Authenticated { get; init; }

    /// <summary>Why not, when not authenticated.</summary>
    public string? Error { get; init; }

    /// <summary>Such as <c>system:serviceaccount:mesh-system:mesh-proxy</c>.</summary>
    public string UserName { get; init; } = "";

    public IReadOnlyList<string> Groups { get; init; } = [];

    /// <summary>For projected tokens also <c>authentication.kubernetes.io/pod-name</c>, <c>…/pod-uid</c> and on newer servers <c>…/node-name</c>.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Extra { get; init; } = new Dictionary<string, IReadOnlyList<string>>();
}
