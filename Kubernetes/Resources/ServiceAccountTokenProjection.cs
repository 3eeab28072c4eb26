namespace Mesh.Kubernetes.Resources;

/// <summary>A service-account token for an audience, renewed before it expires.</summary>
public sealed record ServiceAccountTokenProjection : OpenRecord
{
    public string? Audience { get; init; }
    public long? ExpirationSeconds { get; init; }
    public string Path { get; init; } = "";
}
