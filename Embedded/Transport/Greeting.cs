using Orleans.Embedded.Membership;

namespace Orleans.Embedded.Transport;

/// <summary>The first frame of a connection, in both directions.</summary>
/// <param name="Protocol">Always <see cref="Current"/>; silos with another one do not talk.</param>
/// <param name="ClusterId">Silos of different Orleans clusters do not talk either.</param>
/// <param name="Self">Who speaks.</param>
/// <param name="Members">Whom it knows.</param>
internal sealed record Greeting(string Protocol, string ClusterId, MemberRecord Self, MemberRecord[] Members)
{
    public const string Current = "mesh-orleans-embedded/1";
}
