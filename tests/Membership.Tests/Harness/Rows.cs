using Mesh.Kubernetes.Resources;

namespace Mesh.Membership.Tests.Harness;

/// <summary>Silos to put into tables.</summary>
internal static class Rows
{
    public static readonly DateTimeOffset Started = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public static OrleansSiloSpec Silo(int number, string status = "Joining", int generation = 1) => new()
    {
        Address = $"10.0.{number / 250}.{(number % 250) + 1}:11111",
        Generation = generation,
        SiloName = $"east/mesh-silo-{number}",
        Cluster = "east",
        Status = status,
        HostName = $"mesh-silo-{number}",
        StartTime = Started,
        IAmAliveTime = Started,
    };
}
