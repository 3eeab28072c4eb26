namespace Mesh.Grains.Policies;

/// <summary>
/// What was made of a policy object: becomes its status conditions Accepted and ResolvedRefs. In effect only if both hold.
/// </summary>
/// <param name="Refused">Why the object itself cannot be used; null when it can.</param>
/// <param name="Unresolved">Why something it refers to cannot be used; null when everything can.</param>
internal readonly record struct PolicyVerdict(PolicyProblem? Refused, PolicyProblem? Unresolved)
{
    public static PolicyVerdict Accepted => default;

    public bool IsInEffect => Refused is null && Unresolved is null;

    public static PolicyVerdict Refuse(string reason, string message) => new(new PolicyProblem(reason, message), null);

    public static PolicyVerdict Dangling(string reason, string message) => new(null, new PolicyProblem(reason, message));
}
