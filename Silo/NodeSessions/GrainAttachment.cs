using Google.Protobuf;
using Mesh.Interfaces.Keys;
using Mesh.Interfaces.Nodes;
using Mesh.Interfaces.NodeSession;

namespace Mesh.Silo.NodeSessions;

/// <summary>
/// A session's tie to its node's grain: attached every few seconds, since an activation that moved has forgotten it, and told of demand in
/// between. One call at a time, in order; demand that comes meanwhile is merged.
/// </summary>
internal sealed partial class GrainAttachment(
    INodeProxyGrain grain, Guid session, NodeKey node, SessionHello hello, NodeSessionOptions options, TimeProvider time, ILogger logger)
{
    private readonly Lock _lock = new();
    private Dictionary<(string Ip, uint Port), bool> _demand = [];
    private TaskCompletionSource _changed = New();

    /// <summary>Passes demand on, soon. It must be in the hello already.</summary>
    public void Demand(Demand demand)
    {
        lock (_lock)
        {
            foreach (var address in demand.Add)
            {
                _demand[(address.Ip, address.Port)] = true;
            }
            foreach (var address in demand.Remove)
            {
                _demand[(address.Ip, address.Port)] = false;
            }
            _changed.TrySetResult();
        }
    }

    /// <summary>Returns when the grain has not answered for <see cref="NodeSessionOptions.AttachPatience"/>.</summary>
    public async Task RunAsync(INodeSessionObserver reference, CancellationToken cancellationToken)
    {
        var lastAnswer = time.GetTimestamp();
        while (time.GetElapsedTime(lastAnswer) < options.AttachPatience)
        {
            // Whatever is demanded up to here is in the hello that goes out now.
            TakeDemand();
            if (!await CallAsync("Attach", ct => grain.Attach(reference, session, hello.ToByteArray(), ct), cancellationToken))
            {
                await Task.Delay(options.AttachRetry, time, cancellationToken);
                continue;
            }
            lastAnswer = time.GetTimestamp();
            await PassDemandAsync(lastAnswer, cancellationToken);
        }
    }

    /// <summary>Tells the grain that the session is over. It finds out by itself if this fails.</summary>
    public async Task DetachAsync() => await CallAsync("Detach", _ => grain.Detach(session), CancellationToken.None);

    // Until it is time to attach again, or a demand was not taken.
    private async Task PassDemandAsync(long attachedAt, CancellationToken cancellationToken)
    {
        while (options.AttachInterval - time.GetElapsedTime(attachedAt) is var left && left > TimeSpan.Zero)
        {
            Task changed;
            lock (_lock)
            {
                changed = _changed.Task;
            }
            try
            {
                await changed.WaitAsync(left, time, cancellationToken);
            }
            catch (TimeoutException)
            {
                return;
            }
            var bytes = TakeDemand().ToByteArray();
            if (!await CallAsync("Demand", _ => grain.Demand(session, bytes), cancellationToken))
            {
                return;
            }
        }
    }

    private Demand TakeDemand()
    {
        Dictionary<(string Ip, uint Port), bool> taken;
        lock (_lock)
        {
            (taken, _demand) = (_demand, []);
            if (_changed.Task.IsCompleted)
            {
                _changed = New();
            }
        }
        var demand = new Demand();
        foreach (var ((ip, port), add) in taken)
        {
            (add ? demand.Add : demand.Remove).Add(new SocketAddress { Ip = ip, Port = port });
        }
        return demand;
    }

    private async Task<bool> CallAsync(string what, Func<CancellationToken, Task> call, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(options.GrainTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            await call(either.Token).WaitAsync(either.Token);
            return true;
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (Exception e)
        {
            LogFailed(node, what, e.GetType().Name, e.Message);
            return false;
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [LoggerMessage(2010, LogLevel.Warning, "The grain of node {Node} did not answer {Call}; trying again. {Error}: {Problem}")]
    private partial void LogFailed(NodeKey node, string call, string error, string problem);
}
