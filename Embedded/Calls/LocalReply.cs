using Orleans.Embedded.Catalog;
using Orleans.Embedded.Serialization;

namespace Orleans.Embedded.Calls;

/// <summary>The answer to a call begun in this silo.</summary>
internal sealed class LocalReply(GrainJson json, GrainMethod method) : ICallReply
{
    private readonly TaskCompletionSource<object?> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<object?> Answer => _answer.Task;

    // A result from another silo is fresh, but so cheap to copy is most of what is not that it is not worth telling them apart.
    public void Succeed(object? result) =>
        _answer.TrySetResult(method.ResultType is { } type ? json.Copy(result, type) : null);

    public void Fail(Exception exception)
    {
        if (exception is OperationCanceledException cancelled)
        {
            _answer.TrySetException(cancelled);
            return;
        }
        _answer.TrySetException(exception);
    }
}
