using System.Text.Json.Serialization;

namespace Mesh.Interfaces.Viz;

/// <summary>What one silo says of the mesh; what <c>mesh check</c> reads.</summary>
public sealed record MeshStatus
{
    [JsonPropertyName("cluster")] public required string Cluster { get; init; }
    [JsonPropertyName("version")] public required string Version { get; init; }
    [JsonPropertyName("engine")] public required string Engine { get; init; }
    [JsonPropertyName("silos")] public required IReadOnlyList<SiloStatus> Silos { get; init; }
    [JsonPropertyName("links")] public required IReadOnlyList<LinkRow> Links { get; init; }

    /// <summary>Nodes whose proxy has a session with some silo that this silo knows of.</summary>
    [JsonPropertyName("nodes")] public required IReadOnlyList<string> Nodes { get; init; }

    /// <summary>Where the membership of the mesh is kept; null when the engine needs no such place.</summary>
    [JsonPropertyName("membership")] public MembershipRow? Membership { get; init; }

    /// <summary>The home of the membership.</summary>
    public sealed record MembershipRow
    {
        /// <summary>The cluster that is the home.</summary>
        [JsonPropertyName("home")] public required string Home { get; init; }

        /// <summary>Its API server's address.</summary>
        [JsonPropertyName("server")] public required string Server { get; init; }

        /// <summary>Why it does not answer; empty: it does.</summary>
        [JsonPropertyName("problem")] public required string Problem { get; init; }
    }

    /// <summary>One silo of the Orleans cluster.</summary>
    public sealed record SiloStatus
    {
        [JsonPropertyName("address")] public required string Address { get; init; }
        [JsonPropertyName("cluster")] public required string Cluster { get; init; }
        [JsonPropertyName("alive")] public required bool Alive { get; init; }
    }

    /// <summary>One Link of this cluster.</summary>
    public sealed record LinkRow
    {
        [JsonPropertyName("name")] public required string Name { get; init; }
        [JsonPropertyName("namespace")] public required string Namespace { get; init; }
        [JsonPropertyName("targetCluster")] public required string TargetCluster { get; init; }

        /// <summary>A <see cref="Links.LinkState"/>.</summary>
        [JsonPropertyName("state")] public required string State { get; init; }

        [JsonPropertyName("message")] public required string Message { get; init; }
        [JsonPropertyName("mirrors")] public required int Mirrors { get; init; }
    }
}
