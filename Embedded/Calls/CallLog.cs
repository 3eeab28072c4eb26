using Microsoft.Extensions.Logging;

namespace Orleans.Embedded.Calls;

internal static partial class CallLog
{
    [LoggerMessage(3001, LogLevel.Debug, "One-way call {Call} failed")]
    public static partial void OneWayFailed(this ILogger log, Exception exception, string call);

    [LoggerMessage(3002, LogLevel.Warning, "Request {Method} from {Peer} cannot be understood")]
    public static partial void BadRequest(this ILogger log, Exception exception, string method, string peer);

    [LoggerMessage(3003, LogLevel.Warning, "{Text}")]
    public static partial void Deadlocked(this ILogger log, string text);
}
