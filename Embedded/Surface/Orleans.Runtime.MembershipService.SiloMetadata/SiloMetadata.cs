using System.Collections.Immutable;

namespace Orleans.Runtime.MembershipService.SiloMetadata;

/// <summary>What a silo says of itself, such as <c>cluster=east</c>.</summary>
public record SiloMetadata
{
    public static SiloMetadata Empty { get; } = new();

    public ImmutableDictionary<string, string> Metadata { get; private init; } = ImmutableDictionary<string, string>.Empty;

    internal static SiloMetadata Of(ImmutableDictionary<string, string> metadata) => new() { Metadata = metadata };
}
