using Microsoft.Extensions.DependencyInjection;
using Orleans.Embedded.Placement;

namespace Orleans.Placement;

/// <summary>Registration of placement filters.</summary>
public static class PlacementFilterExtensions
{
    /// <summary>Says which director carries out a strategy.</summary>
    /// <param name="strategyLifetime">Means nothing here: the embedded engine uses the strategy that the grain class's attribute holds.</param>
    public static IServiceCollection AddPlacementFilter<TFilter, TDirector>(
        this IServiceCollection services, ServiceLifetime strategyLifetime)
        where TFilter : PlacementFilterStrategy, new()
        where TDirector : class, IPlacementFilterDirector =>
        services.AddSingleton<TDirector>()
            .AddSingleton(provider => new RegisteredFilter(typeof(TFilter), provider.GetRequiredService<TDirector>()));
}
