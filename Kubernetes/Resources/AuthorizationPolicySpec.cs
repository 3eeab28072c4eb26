namespace Mesh.Kubernetes.Resources;

/// <summary>The target and the authentications, all of which must be satisfied.</summary>
public sealed record AuthorizationPolicySpec : OpenRecord
{
    public PolicyReference? TargetRef { get; init; }
    /// <summary>Null when absent, which is not the same as none required.</summary>
    [WrittenWhenEmpty]
    public IReadOnlyList<PolicyReference>? RequiredAuthenticationRefs { get; init; }
}
