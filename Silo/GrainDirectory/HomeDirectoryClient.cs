using Orleans.Runtime.Services;

namespace Mesh.Silo.GrainDirectory;

/// <summary>Reaches a certain silo's part.</summary>
internal sealed class HomeDirectoryClient(IServiceProvider services) : GrainServiceClient<IHomeDirectory>(services)
{
    public IHomeDirectory At(SiloAddress silo) => GetGrainService(silo);
}
