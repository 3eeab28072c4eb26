namespace Orleans.Placement;

/// <summary>What a placement filter is to do; its <see cref="IPlacementFilterDirector"/> does it.</summary>
public abstract class PlacementFilterStrategy
{
    protected PlacementFilterStrategy(int order) => Order = order;

    /// <summary>Filters run in ascending order; the order of two filters of one grain class must differ.</summary>
    public int Order { get; }
}
