namespace Mesh.Grains.Publishing;

/// <summary>The times between grains that publish and grains that subscribe.</summary>
internal static class SubscriptionTerms
{
    /// <summary>How often a subscriber renews: what a lost activation costs in freshness, at most.</summary>
    public static readonly TimeSpan Renewal = TimeSpan.FromSeconds(2);

    /// <summary>A timer at that pace, which a request that waits does not hold up.</summary>
    public static GrainTimerCreationOptions RenewalTimer => new(Renewal, Renewal) { Interleave = true };

    /// <summary>How long a subscription lasts without renewal, as the grain interfaces promise.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromMinutes(1);

    /// <summary>
    /// After which a call to another cluster counts as failed. Links between clusters are slow at times, but not this slow.
    /// </summary>
    public static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long calls to a cluster must have failed before its endpoints count as suspect although membership still has it alive.
    /// </summary>
    public static readonly TimeSpan SuspectAfter = TimeSpan.FromSeconds(10);
}
