using System.Diagnostics.CodeAnalysis;
using Mesh.Interfaces.NodeSession;

namespace Mesh.Silo.NodeSessions;

/// <summary>
/// What waits to be sent to one proxy. Updates are conflated: of each resource only the latest version waits, so that the queue of a slow
/// proxy grows to one copy of what it must know and no further. Answers keep their order and go first. Any thread may add, one takes.
/// </summary>
internal sealed class OutgoingMessages
{
    // Frames far below the limit, so that an answer never waits behind more than this.
    private const int BatchBytes = 256 * 1024;

    private readonly Lock _lock = new();
    private readonly Queue<SiloMessage> _answers = [];
    private readonly Dictionary<string, Resource?> _changes = new(StringComparer.Ordinal);
    private readonly Queue<string> _order = [];
    private TaskCompletionSource _available = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _complete;

    /// <summary>How many answers wait. They are not conflated; a proxy has only so many questions at a time.</summary>
    public int Answers
    {
        get
        {
            lock (_lock)
            {
                return _answers.Count;
            }
        }
    }

    public void Add(Update update)
    {
        lock (_lock)
        {
            foreach (var resource in update.Upserts)
            {
                Put(resource.Key, resource);
            }
            foreach (var key in update.Removals)
            {
                Put(key, null);
            }
            _complete |= update.Complete;
            _available.TrySetResult();
        }
    }

    public void AddAnswer(SiloMessage answer)
    {
        lock (_lock)
        {
            _answers.Enqueue(answer);
            _available.TrySetResult();
        }
    }

    /// <summary>
    /// Waits until something has been added since the last take that found nothing, or until <paramref name="patience"/> is over.
    /// </summary>
    public async Task WaitAsync(TimeSpan patience, TimeProvider time, CancellationToken cancellationToken)
    {
        Task available;
        lock (_lock)
        {
            available = _available.Task;
        }
        try
        {
            await available.WaitAsync(patience, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            // Nothing came; the caller says something of its own to keep the session alive.
        }
    }

    /// <summary>Takes the next message; false when nothing waits.</summary>
    public bool TryTake([NotNullWhen(true)] out SiloMessage? message)
    {
        lock (_lock)
        {
            if (_answers.TryDequeue(out message))
            {
                return true;
            }
            if (_order.Count == 0 && !_complete)
            {
                if (_available.Task.IsCompleted)
                {
                    _available = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                }
                return false;
            }
            var update = new Update();
            var bytes = 0;
            while (bytes < BatchBytes && _order.TryDequeue(out var key))
            {
                _changes.Remove(key, out var resource);
                if (resource is null)
                {
                    update.Removals.Add(key);
                    bytes += key.Length;
                }
                else
                {
                    var size = resource.CalculateSize();
                    if (update.Upserts.Count > 0 && bytes + size > MessageFrame.MaxMessageBytes / 2)
                    {
                        // It gets a frame of its own.
                        _changes[key] = resource;
                        _order.Enqueue(key);
                        break;
                    }
                    update.Upserts.Add(resource);
                    bytes += size;
                }
            }
            if (_order.Count == 0)
            {
                (update.Complete, _complete) = (_complete, false);
            }
            message = new SiloMessage { Update = update };
            return true;
        }
    }

    private void Put(string key, Resource? resource)
    {
        if (!_changes.ContainsKey(key))
        {
            _order.Enqueue(key);
        }
        _changes[key] = resource;
    }
}
