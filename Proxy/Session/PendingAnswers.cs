using System.Collections.Concurrent;

namespace Mesh.Proxy.Session;

/// <summary>Questions asked on a session, by id, until they are answered or the session ends.</summary>
internal sealed class PendingAnswers<T>
{
    private readonly ConcurrentDictionary<ulong, TaskCompletionSource<T>> _waiting = new();
    private ulong _last;

    /// <summary>Begins a question.</summary>
    public (ulong Id, Task<T> Answer) Begin()
    {
        var id = Interlocked.Increment(ref _last);
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting[id] = answer;
        return (id, answer.Task);
    }

    /// <summary>An answer arrived; one that nobody waits for is ignored.</summary>
    public void Answer(ulong id, T answer)
    {
        if (_waiting.TryRemove(id, out var waiting))
        {
            waiting.TrySetResult(answer);
        }
    }

    /// <summary>Nobody waits for it any more.</summary>
    public void Abandon(ulong id) => _waiting.TryRemove(id, out _);

    /// <summary>The session has ended: whoever waits gets <paramref name="reason"/>.</summary>
    public void FailAll(Exception reason)
    {
        foreach (var id in _waiting.Keys)
        {
            if (_waiting.TryRemove(id, out var waiting))
            {
                waiting.TrySetException(reason);
            }
        }
    }
}
