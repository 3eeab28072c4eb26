namespace Mesh.Faults.Frame;

/// <summary>When what happened, since the traffic of this fault began.</summary>
/// <param name="InjectBegan">The fault began to be made.</param>
/// <param name="Injected">It was in force.</param>
/// <param name="HealBegan">It began to be undone.</param>
/// <param name="Healed">It was undone.</param>
internal sealed record FaultTimes(TimeSpan InjectBegan, TimeSpan Injected, TimeSpan HealBegan, TimeSpan Healed);
