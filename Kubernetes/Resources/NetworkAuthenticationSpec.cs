namespace Mesh.Kubernetes.Resources;

/// <summary>The networks that clients may be in.</summary>
public sealed record NetworkAuthenticationSpec : OpenRecord
{
    [WrittenWhenEmpty]
    public IReadOnlyList<NetworkSpec> Networks { get; init; } = [];
}
