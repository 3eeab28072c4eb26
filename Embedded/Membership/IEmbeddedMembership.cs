namespace Orleans.Embedded.Membership;

/// <summary>Which silos there are. Thread-safe; a service of every embedded silo.</summary>
public interface IEmbeddedMembership
{
    /// <summary>
    /// Raised after <see cref="Current"/> changed, one call at a time, on a thread of the engine. Quick changes may be told as one.
    /// What a handler throws is logged.
    /// </summary>
    event Action<MembershipView>? Changed;

    MembershipView Current { get; }
}
