using Orleans.Placement;

namespace Orleans.Embedded.Placement;

/// <summary>Which director carries out which strategy.</summary>
internal sealed record RegisteredFilter(Type Strategy, IPlacementFilterDirector Director);
