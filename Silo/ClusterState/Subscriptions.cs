using System.Collections.Immutable;
using Mesh.Grains.Ports;

namespace Mesh.Silo.ClusterState;

/// <summary>Who wants to hear of which changes. A callback that throws is logged and harms nobody else.</summary>
internal sealed partial class Subscriptions(ILogger logger)
{
    private ImmutableList<Subscription> _subscriptions = [];

    public IDisposable Add(ClusterFilter filter, Action<ClusterChange> callback)
    {
        var subscription = new Subscription(this, filter, callback);
        ImmutableInterlocked.Update(ref _subscriptions, (list, added) => list.Add(added), subscription);
        return subscription;
    }

    public void Announce(ClusterChange change)
    {
        foreach (var subscription in Volatile.Read(ref _subscriptions))
        {
            if (!subscription.Filter.Matches(change))
            {
                continue;
            }
            try
            {
                subscription.Callback(change);
            }
            catch (Exception e)
            {
                LogFailed(change.Topic, change.Namespace, change.Name, e);
            }
        }
    }

    [LoggerMessage(3000, LogLevel.Error, "A subscriber failed on the change of {Topic} {Namespace}/{Name}.")]
    private partial void LogFailed(ClusterTopic topic, string @namespace, string name, Exception exception);

    // A reference type without value equality: two equal subscriptions are still two.
    private sealed class Subscription(Subscriptions owner, ClusterFilter filter, Action<ClusterChange> callback) : IDisposable
    {
        public ClusterFilter Filter => filter;

        public Action<ClusterChange> Callback => callback;

        public void Dispose() =>
            ImmutableInterlocked.Update(ref owner._subscriptions, (list, removed) => list.Remove(removed), this);
    }
}
