using Orleans.Runtime;
using Orleans.Timers;

namespace Orleans.Embedded.Activations;

internal sealed class GrainRuntime(
    IServiceProvider services, IGrainFactory grains, ITimerRegistry timers, ILocalSiloDetails silo, TimeProvider time) : IGrainRuntime
{
    public string SiloIdentity => silo.SiloAddress.ToString();

    public SiloAddress SiloAddress => silo.SiloAddress;

    public IGrainFactory GrainFactory => grains;

    public ITimerRegistry TimerRegistry => timers;

    public IServiceProvider ServiceProvider => services;

    public TimeProvider TimeProvider => time;

    public void DeactivateOnIdle(IGrainContext grainContext) => grainContext.Deactivate(new DeactivationReason(
        DeactivationReasonCode.ApplicationRequested, $"{nameof(DeactivateOnIdle)} was called."));

    public void DelayDeactivation(IGrainContext grainContext, TimeSpan timeSpan) => ((Activation)grainContext).Delay(timeSpan);
}
