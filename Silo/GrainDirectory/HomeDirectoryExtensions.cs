using Orleans.Metadata;
using Orleans.Runtime.Hosting;

namespace Mesh.Silo.GrainDirectory;

/// <summary>Adds the grain directory of the cluster's own grains.</summary>
internal static class HomeDirectoryExtensions
{
    /// <summary>
    /// Grains with <see cref="Grains.Placement.HomeClusterAttribute"/> are found through <see cref="HomeGrainDirectory"/>; all others, which
    /// are Orleans' own, through its default directory.
    /// </summary>
    public static ISiloBuilder AddHomeDirectory(this ISiloBuilder silo)
    {
        silo.Services.AddSingleton<LocalRegistrations>();
        silo.Services.AddSingleton<DirectoryPartition>();
        silo.Services.AddSingleton<HomeDirectoryClient>();
        silo.Services.AddSingleton<HomeGrainDirectory>();
        silo.Services.AddGrainDirectory(HomeGrainDirectory.Name, (services, _) => services.GetRequiredService<HomeGrainDirectory>());
        silo.Services.AddSingleton<IGrainPropertiesProvider, HomeDirectoryProperties>();
        silo.Services.AddHostedService<HomeDirectoryUpkeep>();
        silo.AddGrainService<HomeDirectoryService>();
        return silo;
    }
}
