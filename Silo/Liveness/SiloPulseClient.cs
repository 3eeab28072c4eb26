using Orleans.Runtime.Services;

namespace Mesh.Silo.Liveness;

/// <summary>Asks a certain silo.</summary>
internal sealed class SiloPulseClient(IServiceProvider services) : GrainServiceClient<ISiloPulse>(services)
{
    public ValueTask BeatAsync(SiloAddress silo) => GetGrainService(silo).Beat();
}
