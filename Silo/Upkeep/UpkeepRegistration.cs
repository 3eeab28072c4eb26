namespace Mesh.Silo.Upkeep;

/// <summary>Adds the upkeep of what only grains can bring about.</summary>
internal static class UpkeepRegistration
{
    /// <summary>Keeps the grains of Links and of policy status awake.</summary>
    public static WebApplicationBuilder AddUpkeep(this WebApplicationBuilder builder)
    {
        builder.Services.AddHostedService<LinkMetrics>();
        builder.Services.AddHostedService<LinkUpkeep>();
        builder.Services.AddHostedService<PolicyUpkeep>();
        return builder;
    }
}
