using System.Reflection;
using Orleans.Concurrency;
using Orleans.Placement;
using Orleans.Runtime;

namespace Orleans.Embedded.Catalog;

/// <summary>What the engine knows of a grain class.</summary>
internal sealed class GrainClass
{
    public GrainClass(Type type)
    {
        Type = type;
        GrainType = GrainType.Create(NameOf(type));
        Reentrant = type.IsDefined(typeof(ReentrantAttribute), inherit: true);
        AgeLimit = type.IsDefined(typeof(KeepAliveAttribute), inherit: true)
            ? TimeSpan.MaxValue
            : type.GetCustomAttribute<CollectionAgeLimitAttribute>()?.AgeLimit;
        Filters = [.. type.GetCustomAttributes<PlacementFilterAttribute>()
            .Select(attribute => attribute.PlacementFilterStrategy).OrderBy(strategy => strategy.Order)];
        if (Filters.GroupBy(strategy => strategy.Order).FirstOrDefault(group => group.Count() > 1) is { } same)
        {
            throw new OrleansConfigurationException(
                $"Grain class {type} has several placement filters of order {same.Key}. Give each its own order.");
        }
    }

    public Type Type { get; }

    public GrainType GrainType { get; }

    public bool Reentrant { get; }

    /// <summary>How long an activation may be idle; null for the silo's default, <see cref="TimeSpan.MaxValue"/> for ever.</summary>
    public TimeSpan? AgeLimit { get; }

    /// <summary>In the order they run.</summary>
    public PlacementFilterStrategy[] Filters { get; }

    private static string NameOf(Type type)
    {
        var name = type.Name.ToLowerInvariant();
        return name.EndsWith("grain", StringComparison.Ordinal) && name.Length > "grain".Length ? name[..^"grain".Length] : name;
    }
}
