namespace Mesh.Kubernetes.Resources;

/// <summary>Identities as strings, or references to service accounts and namespaces.</summary>
public sealed record MeshTLSAuthenticationSpec : OpenRecord
{
    public IReadOnlyList<string>? Identities { get; init; }
    public IReadOnlyList<PolicyReference>? IdentityRefs { get; init; }
}
