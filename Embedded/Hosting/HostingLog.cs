using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Orleans.Embedded.Hosting;

internal static partial class HostingLog
{
    [LoggerMessage(1001, LogLevel.Information, "Silo {Name} of cluster '{Cluster}' is active as {Silo}, with {Others} others")]
    public static partial void Started(this ILogger log, string name, SiloAddress silo, string cluster, int others);

    [LoggerMessage(1002, LogLevel.Information, "Silo {Name} has stopped")]
    public static partial void Stopped(this ILogger log, string name);

    [LoggerMessage(1003, LogLevel.Warning, "Not all silos answered within {Timeout}; this one starts without them and goes on trying")]
    public static partial void JoinCut(this ILogger log, TimeSpan timeout);

    [LoggerMessage(1004, LogLevel.Warning, "{Count} activations had not ended when the time for shutting down was over")]
    public static partial void ShutdownCut(this ILogger log, int count);

    [LoggerMessage(1005, LogLevel.Error, "A handler of membership changes failed")]
    public static partial void HandlerFailed(this ILogger log, Exception exception);

    [LoggerMessage(1006, LogLevel.Critical, "The silo's {Loop} loop failed, which is a bug; the process stops")]
    public static partial void LoopFailed(this ILogger log, Exception exception, string loop);
}
