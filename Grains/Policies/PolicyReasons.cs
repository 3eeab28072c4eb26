namespace Mesh.Grains.Policies;

/// <summary>The reasons in status conditions of policy objects.</summary>
internal static class PolicyReasons
{
    public const string Accepted = "Accepted";
    public const string ResolvedRefs = "ResolvedRefs";
    public const string Invalid = "Invalid";
    public const string InvalidKind = "InvalidKind";
    public const string InvalidRef = "InvalidRef";
    public const string NoMatchingTarget = "NoMatchingTarget";
    public const string NotFound = "NotFound";
    public const string Unsupported = "Unsupported";
}
