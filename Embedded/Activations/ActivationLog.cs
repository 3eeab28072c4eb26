using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Orleans.Embedded.Activations;

internal static partial class ActivationLog
{
    [LoggerMessage(2001, LogLevel.Warning, "Grain {Grain} could not be activated")]
    public static partial void ActivationFailed(this ILogger log, Exception exception, GrainId grain);

    [LoggerMessage(2002, LogLevel.Warning, "Grain {Grain} failed while it was deactivated")]
    public static partial void DeactivationFailed(this ILogger log, Exception exception, GrainId grain);

    [LoggerMessage(2003, LogLevel.Debug, "Grain {Grain} is deactivated: {Reason}: {Text}")]
    public static partial void Deactivated(this ILogger log, GrainId grain, DeactivationReasonCode reason, string text);

    [LoggerMessage(2004, LogLevel.Error, "A timer of grain {Grain} failed; it goes on")]
    public static partial void TimerFailed(this ILogger log, Exception exception, GrainId grain);
}
