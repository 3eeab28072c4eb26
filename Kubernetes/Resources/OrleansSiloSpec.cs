namespace Mesh.Kubernetes.Resources;

/// <summary>What the silos of an Orleans cluster know of one of them.</summary>
public sealed record OrleansSiloSpec : OpenRecord
{
    /// <summary>The version of the table that this row was last changed by; 0: not in the table yet.</summary>
    public int Version { get; init; }

    /// <summary>Where other silos reach it, <c>address:port</c>.</summary>
    public string Address { get; init; } = "";

    /// <summary>Tells silos apart that had the same address one after the other; later ones have larger numbers.</summary>
    public int Generation { get; init; }

    /// <summary>The silo's name, that of its pod.</summary>
    public string? SiloName { get; init; }

    /// <summary>The Kubernetes cluster it runs in.</summary>
    public string? Cluster { get; init; }

    /// <summary>Orleans' SiloStatus by name.</summary>
    public string? Status { get; init; }

    public string? HostName { get; init; }
    public string? RoleName { get; init; }
    public int? ProxyPort { get; init; }
    public int? UpdateZone { get; init; }
    public int? FaultZone { get; init; }
    public DateTimeOffset? StartTime { get; init; }
    public DateTimeOffset? IAmAliveTime { get; init; }

    /// <summary>Who thinks it dead.</summary>
    public IReadOnlyList<OrleansSuspicion> SuspectTimes { get; init; } = [];
}
