using System.Collections.Immutable;
using System.Net;
using Mesh.Interfaces.Keys;

namespace Mesh.Silo.Hosting;

/// <summary>
/// The last known silos of all clusters, as the ConfigMap <c>mesh-members</c> keeps them: one <c>cluster=address:port</c> a line. Lines
/// that are not of that form are left out.
/// </summary>
internal static class PeerList
{
    // Far more silos than a mesh has, and far less than a ConfigMap holds.
    private const int MaxPeers = 1000;

    public static ImmutableArray<(string Cluster, IPEndPoint Address)> Parse(string? text) =>
    [
        .. (text ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(line => line.Split('=', 2))
            .Where(parts => parts.Length == 2 && ClusterName.TryParse(parts[0], out _))
            .Select(parts => (parts[0], Address: IPEndPoint.TryParse(parts[1], out var address) && address.Port > 0 ? address : null))
            .Where(p => p.Address is not null)
            .Select(p => (p.Item1, p.Address!))
            .Take(MaxPeers),
    ];

    /// <summary>
    /// What the list should be now: of a cluster with live silos those, of any other what was known last. Sorted, so that every silo
    /// writes the same.
    /// </summary>
    public static string Merge(string? current, IReadOnlyList<SiloMember> members)
    {
        var alive = members.Where(m => m.Alive && m.Cluster.Length > 0).Select(m => (m.Cluster, m.Address)).ToArray();
        var clusters = alive.Select(m => m.Cluster).ToHashSet(StringComparer.Ordinal);
        var lines = Parse(current)
            .Where(p => !clusters.Contains(p.Cluster))
            .Concat(alive)
            .Select(p => $"{p.Cluster}={p.Address}")
            .Distinct()
            .Order(StringComparer.Ordinal)
            .Take(MaxPeers);
        return string.Concat(lines.Select(l => l + "\n"));
    }
}
