namespace Mesh.Grains.Publishing;

/// <summary>
/// Sends values to subscribers, each at its own pace: while a send to a subscriber is under way, only the latest value is kept for it. So a
/// slow or dead subscriber never delays another and never grows a queue. A failed send is reported and forgotten, for subscribers renew
/// every few seconds and are told then; one that does not renew for a lease is dropped. It belongs to one grain and runs in its turns.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="lease">How long a subscription lasts without renewal.</param>
/// <param name="sendTimeout">After which a send counts as failed.</param>
/// <param name="onFailure">Told of each failed send.</param>
internal sealed class ConflatingPublisher<TKey, TValue>(
    TimeProvider time, TimeSpan lease, TimeSpan sendTimeout, Action<TKey, Exception> onFailure)
    where TKey : notnull
    where TValue : class
{
    private readonly Dictionary<TKey, Subscription> _subscriptions = [];

    public IReadOnlyCollection<TKey> Subscribers => _subscriptions.Keys;

    /// <summary>
    /// Begins or renews a subscription. What was waiting to be sent is forgotten: the caller answers the renewal with something newer.
    /// </summary>
    public void Renew(TKey key, Func<TValue, Task> send)
    {
        if (!_subscriptions.TryGetValue(key, out var subscription))
        {
            _subscriptions[key] = subscription = new Subscription(send);
        }
        subscription.Send = send;
        subscription.Pending = null;
        subscription.RenewedAt = time.GetUtcNow();
    }

    public void Remove(TKey key) => _subscriptions.Remove(key);

    /// <summary>Sends the value now, or as soon as the send under way has ended unless a later one takes its place.</summary>
    public void Publish(TKey key, TValue value)
    {
        if (_subscriptions.TryGetValue(key, out var subscription))
        {
            subscription.Pending = value;
            subscription.Sending ??= DrainAsync(key, subscription);
        }
    }

    /// <summary>Ends the subscriptions that were not renewed for a lease.</summary>
    /// <returns>Whose they were.</returns>
    public IReadOnlyList<TKey> Expire()
    {
        var now = time.GetUtcNow();
        var expired = _subscriptions.Where(entry => now - entry.Value.RenewedAt > lease).Select(entry => entry.Key).ToList();
        expired.ForEach(key => _subscriptions.Remove(key));
        return expired;
    }

    private async Task DrainAsync(TKey key, Subscription subscription)
    {
        // Publish must have stored the task before a send that never waits can end.
        await Task.Yield();
        while (subscription.Pending is { } value && _subscriptions.TryGetValue(key, out var current) && current == subscription)
        {
            subscription.Pending = null;
            try
            {
                await subscription.Send(value).WaitAsync(sendTimeout, time);
            }
            catch (Exception exception)
            {
                onFailure(key, exception);
            }
        }
        subscription.Sending = null;
    }

    private sealed class Subscription(Func<TValue, Task> send)
    {
        public Func<TValue, Task> Send { get; set; } = send;

        public TValue? Pending { get; set; }

        public Task? Sending { get; set; }

        public DateTimeOffset RenewedAt { get; set; }
    }
}
