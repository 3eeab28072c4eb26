using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Orleans.Timers;

namespace Orleans.Embedded.Activations;

internal sealed class TimerRegistry(TimeProvider time, ILogger<TimerRegistry> log) : ITimerRegistry
{
    public IGrainTimer RegisterGrainTimer<TState>(
        IGrainContext grainContext, Func<TState, CancellationToken, Task> callback, TState state, GrainTimerCreationOptions options)
    {
        var activation = grainContext as Activation
            ?? throw new ArgumentException("Only activations of this silo have timers.", nameof(grainContext));
        var timer = new GrainTimer<TState>(activation, callback, state, options, time, log);
        activation.Adopt(timer);
        return timer;
    }
}
