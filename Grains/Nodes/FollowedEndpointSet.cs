using Mesh.Grains.Publishing;
using Mesh.Interfaces.Endpoints;
using Mesh.Interfaces.Keys;

namespace Mesh.Grains.Nodes;

/// <summary>
/// One endpoint set a node's proxy needs, wherever its service lives. Not being able to ask for it leaves the last one in place. It belongs
/// to one grain and runs in its turns.
/// </summary>
internal sealed class FollowedEndpointSet(
    ServiceKey service, Func<ulong, Task<EndpointSetSnapshot?>> subscribe, TimeProvider time)
{
    private Task? _renewal;
    private DateTimeOffset? _failingSince;

    public ServiceKey Service => service;

    /// <summary>The last known set; null until there has been one.</summary>
    public EndpointSetSnapshot? Snapshot { get; private set; }

    /// <summary>Calls have failed for so long that the service's cluster must be taken for gone.</summary>
    public bool IsFailing => _failingSince is { } since && time.GetUtcNow() - since >= SubscriptionTerms.SuspectAfter;

    /// <summary>Subscribes or renews, unless that is under way.</summary>
    /// <param name="onNews">Called when the answer is another set than the one held, or calls work again.</param>
    /// <param name="onFailure">Called when a call fails and the one before did not.</param>
    public void Renew(Action onNews, Action<Exception> onFailure) => _renewal ??= RenewAsync(onNews, onFailure);

    /// <summary>Takes a set that was pushed, unless it is older than the one held.</summary>
    public bool TryTake(EndpointSetSnapshot pushed)
    {
        if (pushed.Service != service || pushed.Sequence <= (Snapshot?.Sequence ?? long.MinValue))
        {
            return false;
        }
        Snapshot = pushed;
        return true;
    }

    private async Task RenewAsync(Action onNews, Action<Exception> onFailure)
    {
        await Task.Yield();
        try
        {
            var answer = await subscribe(Snapshot?.Version ?? 0).WaitAsync(SubscriptionTerms.CallTimeout, time);
            var recovered = _failingSince is not null;
            _failingSince = null;
            if (answer is not null)
            {
                Snapshot = answer;
            }
            if (answer is not null || recovered)
            {
                onNews();
            }
        }
        catch (Exception exception)
        {
            if (_failingSince is null)
            {
                _failingSince = time.GetUtcNow();
                onFailure(exception);
            }
        }
        finally
        {
            _renewal = null;
        }
    }
}
