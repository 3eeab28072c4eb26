using Mesh.Faults.ApiServers;
using Mesh.Faults.Frame;
using Mesh.Faults.Network;
using Mesh.Faults.Silos;

namespace Mesh.Faults;

/// <summary>All faults there are, in the order they are run.</summary>
internal static class FaultCatalog
{
    private static readonly Fault[] All =
    [
        new SiloKilled(),
        new AllSilosOfAClusterKilled(),
        new SilosRollingRestart(),
        new Cut(),
        new OneWayCut(),
        new Loss(),
        new Flapping(),
        new ApiStopped(),
        new ApiHistoryCompacted(),
        new ApiSlow(),
        new WatchStalls(),
    ];

    /// <exception cref="FaultException">A name is unknown.</exception>
    public static IReadOnlyList<Fault> Select(FaultsOptions options) => options.Names.Count == 0
        ? All
        : [.. options.Names.Select(name => All.FirstOrDefault(fault => fault.Name == name)
            ?? throw new FaultException($"there is no fault '{name}'; there are {string.Join(", ", All.Select(fault => fault.Name))}"))];
}
