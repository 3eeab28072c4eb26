using Microsoft.Extensions.Logging;

namespace Mesh.Kubernetes.Informers;

public sealed partial class Informer<T>
{
    [LoggerMessage(2001, LogLevel.Debug, "Informer of {Plural} has its first list: {Count} objects")]
    private partial void LogSynced(string plural, int count);

    [LoggerMessage(2002, LogLevel.Debug, "Informer of {Plural} lists again: the API server no longer knows its version")]
    private partial void LogExpired(string plural);

    [LoggerMessage(2003, LogLevel.Warning, "Informer of {Plural} is interrupted, tries again in about {Seconds} s: {Error}")]
    private partial void LogInterrupted(string plural, string error, double seconds);

    [LoggerMessage(2006, LogLevel.Warning, "Informer of {Plural} lists again: its watch has said nothing for {Seconds} s, not even a bookmark. "
        + "The API server, or something on the way to it, lets watches hang")]
    private partial void LogSilent(string plural, double seconds);

    [LoggerMessage(2004, LogLevel.Warning, "{Kind} {Namespace}/{Name} cannot be read and is left out: {Error}")]
    private partial void LogUndecodable(string kind, string @namespace, string name, string error);

    [LoggerMessage(2005, LogLevel.Error, "A handler failed on {Kind} {Namespace}/{Name}")]
    private partial void LogHandlerFailed(Exception exception, string kind, string? @namespace, string name);
}
