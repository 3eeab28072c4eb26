using Mesh.Grains.Publishing;
using Mesh.Interfaces.Endpoints;
using Mesh.Interfaces.Keys;

namespace Mesh.Grains.Nodes;

/// <summary>
/// One endpoint set a node's proxy needs, wherever its service lives. Not being able to ask for it leaves the last one in place. It belongs
/// to one grain and runs in its turns.
/// </summary>
/// <param name="service">The service.</param>
/// <param name="subscribe">Calls the service's own grain with the version held.</param>
/// <param name="judge">What to use of what was said; null: nothing.</param>
/// <param name="time">The clock.</param>
internal sealed class FollowedEndpointSet(
    ServiceKey service, Func<ulong, Task<EndpointSetSnapshot?>> subscribe, Func<EndpointSetSnapshot, EndpointSetSnapshot?> judge,
    TimeProvider time)
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
        if (pushed.Service != service || pushed.Sequence <= (Snapshot?.Sequence ?? long.MinValue) || judge(pushed) is not { } accepted)
        {
            return false;
        }
        Snapshot = accepted;
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
            var accepted = answer is null ? null : judge(answer);
            if (accepted is not null)
            {
                Snapshot = accepted;
            }
            if (accepted is not null || recovered)
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
