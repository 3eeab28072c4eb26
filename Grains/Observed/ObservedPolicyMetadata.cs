using System.Collections.Immutable;

namespace Mesh.Grains.Observed;

/// <summary>What policy objects have in common.</summary>
/// <param name="CreatedAt">metadata.creationTimestamp: of two Servers for one port the older one governs it.</param>
/// <param name="Conditions">status.conditions as they are now, so that equal ones are not written again.</param>
public sealed record ObservedPolicyMetadata(
    string Namespace,
    string Name,
    string Uid,
    string ResourceVersion,
    long Generation,
    DateTimeOffset CreatedAt,
    ImmutableArray<ObservedCondition> Conditions);
