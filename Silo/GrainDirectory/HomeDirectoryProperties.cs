using Mesh.Grains.Placement;
using Orleans.Metadata;

namespace Mesh.Silo.GrainDirectory;

/// <summary>Sends grains that have a home cluster to the directory within it. The grains need not know that there is one.</summary>
internal sealed class HomeDirectoryProperties : IGrainPropertiesProvider
{
    public void Populate(Type grainClass, GrainType grainType, Dictionary<string, string> properties)
    {
        if (grainClass.IsDefined(typeof(HomeClusterAttribute), inherit: true))
        {
            properties[WellKnownGrainTypeProperties.GrainDirectory] = HomeGrainDirectory.Name;
        }
    }
}
