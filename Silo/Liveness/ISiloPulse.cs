using Orleans.Services;

namespace Mesh.Silo.Liveness;

/// <summary>Every silo answers it, without looking anything up.</summary>
[Alias("mesh.ISiloPulse")]
internal interface ISiloPulse : IGrainService
{
    /// <summary>Answers at once.</summary>
    [ResponseTimeout("00:00:02")]
    [Alias("Beat")]
    ValueTask Beat();
}
