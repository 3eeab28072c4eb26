using Microsoft.Extensions.Logging;

namespace Orleans.Embedded.Calls;

/// <summary>The end of a call that nobody waits for.</summary>
internal sealed class OneWayReply(ILogger log, string call) : ICallReply
{
    public void Succeed(object? result)
    {
    }

    public void Fail(Exception exception) => log.OneWayFailed(exception, call);
}
