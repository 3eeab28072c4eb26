namespace Mesh.Grains.Policies;

/// <summary>
/// Recognizes what a reference in a policy refers to. Kinds and groups are compared without regard to case, as Linkerd does.
/// </summary>
internal static class PolicyGroups
{
    public const string Policy = "policy.linkerd.io";

    public static bool IsPolicyKind(Observed.ObservedReference reference, string kind) =>
        string.Equals(reference.Group, Policy, StringComparison.OrdinalIgnoreCase)
        && string.Equals(reference.Kind, kind, StringComparison.OrdinalIgnoreCase);

    /// <summary>"core" is how Linkerd lets one write the empty group.</summary>
    public static bool IsCoreKind(Observed.ObservedReference reference, string kind) =>
        (reference.Group.Length == 0 || string.Equals(reference.Group, "core", StringComparison.OrdinalIgnoreCase))
        && string.Equals(reference.Kind, kind, StringComparison.OrdinalIgnoreCase);
}
