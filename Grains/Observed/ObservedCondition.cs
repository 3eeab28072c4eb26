namespace Mesh.Grains.Observed;

/// <summary>A status condition. <see cref="Status"/> is "True", "False" or "Unknown".</summary>
/// <param name="ObservedGeneration">0 when the condition does not carry one.</param>
public sealed record ObservedCondition(
    string Type,
    string Status,
    string Reason,
    string Message,
    DateTimeOffset LastTransitionTime,
    long ObservedGeneration = 0);
