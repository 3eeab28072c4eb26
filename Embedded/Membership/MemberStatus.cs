namespace Orleans.Embedded.Membership;

/// <summary>How a silo stands, seen from the local one.</summary>
public enum MemberStatus
{
    /// <summary>Reachable, not yet taking grains.</summary>
    Joining,

    /// <summary>Reachable and taking grains.</summary>
    Active,

    /// <summary>Reachable, giving its grains away.</summary>
    ShuttingDown,

    /// <summary>Said goodbye; this generation does not come back.</summary>
    Left,

    /// <summary>Not reachable from here: it died, the network is cut, or it was only heard of and never reached.</summary>
    Dead,
}
