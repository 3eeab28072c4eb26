using Orleans.Runtime;
using Orleans.Runtime.Placement;

namespace Orleans.Placement;

/// <summary>
/// Carries out a <see cref="PlacementFilterStrategy"/>. Every silo runs it by itself, so its answer may depend only on what all silos know:
/// the target and the silos' metadata.
/// </summary>
public interface IPlacementFilterDirector
{
    IEnumerable<SiloAddress> Filter(PlacementFilterStrategy filterStrategy, PlacementTarget target, IEnumerable<SiloAddress> silos);
}
