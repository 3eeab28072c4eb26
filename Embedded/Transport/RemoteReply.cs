using Microsoft.Extensions.Logging;
using Orleans.Embedded.Calls;
using Orleans.Embedded.Catalog;
using Orleans.Embedded.Serialization;
using Orleans.Runtime;

namespace Orleans.Embedded.Transport;

/// <summary>Answers a request of another silo.</summary>
internal sealed class RemoteReply(long id, GrainMethod method, FrameConnection connection, GrainJson json, ILogger log) : ICallReply
{
    public void Succeed(object? result)
    {
        if (method.OneWay)
        {
            return;
        }
        var frame = ResponseFrame.Success(id, method.ResultType is { } type ? json.EncodeResult(result, type) : []);
        if (frame.Length > connection.MaxBody)
        {
            throw new OrleansException(
                $"The answer of {method} has {frame.Length} bytes; at most {connection.MaxBody} may be sent. Return less at once.");
        }
        connection.TrySend(frame);
    }

    public void Fail(Exception exception)
    {
        if (method.OneWay)
        {
            log.OneWayFailed(exception, method.ToString());
            return;
        }
        // Only the router throws a bare rejection, before anything was carried out: the sender may then try again.
        connection.TrySend(exception.GetType() == typeof(OrleansMessageRejectionException)
            ? ResponseFrame.Refuse(id, exception.Message)
            : ResponseFrame.Failure(id, exception));
    }
}
