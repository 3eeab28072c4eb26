using Google.Protobuf;
using Mesh.Interfaces.NodeSession;
using Mesh.Proxy.DataPlane;
using Mesh.Proxy.Enrolment;
using Microsoft.Extensions.Logging;

namespace Mesh.Proxy.Session;

/// <summary>
/// What the control plane has said, whichever silo said it, kept over lost sessions and on disk. Every change is published to the data
/// plane at once. Thread-safe; events are raised outside the lock, in no particular order, and must not block.
/// </summary>
internal sealed partial class ResourceStore(INodeDataPlane dataPlane, string file, ILogger<ResourceStore> logger)
{
    private const string PodPrefix = "pod/";
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Resource> _resources = new(StringComparer.Ordinal);
    private readonly List<(string Uid, TaskCompletionSource<Pod> Arrived)> _waiting = [];
    private DataPlaneSnapshot _snapshot = DataPlaneSnapshot.Empty;
    private bool _unsaved;

    /// <summary>Raised when pods of this node came, changed or went.</summary>
    public event Action? PodsChanged;

    /// <summary>How many resources are held.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _resources.Count;
            }
        }
    }

    /// <summary>The meshed pods of this node.</summary>
    public IReadOnlyList<Pod> Pods
    {
        get
        {
            lock (_lock)
            {
                return [.. _resources.Values.Where(resource => resource.Pod is not null).Select(resource => resource.Pod)];
            }
        }
    }

    /// <summary>The destinations held.</summary>
    public IReadOnlyList<Destination> Destinations
    {
        get
        {
            lock (_lock)
            {
                return [.. _resources.Values.Where(resource => resource.Destination is not null).Select(resource => resource.Destination)];
            }
        }
    }

    /// <summary>What a session's hello says is held.</summary>
    public Dictionary<string, ulong> Versions()
    {
        lock (_lock)
        {
            return _resources.ToDictionary(pair => pair.Key, pair => pair.Value.Version, StringComparer.Ordinal);
        }
    }

    /// <returns>Null when the control plane has not said that there is such a meshed pod.</returns>
    public Pod? FindPod(string uid)
    {
        lock (_lock)
        {
            return _resources.GetValueOrDefault(PodPrefix + uid)?.Pod;
        }
    }

    /// <summary>The pod, as soon as the control plane says it.</summary>
    public async Task<Pod> WaitForPodAsync(string uid, CancellationToken cancellationToken)
    {
        var arrived = new TaskCompletionSource<Pod>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (_resources.TryGetValue(PodPrefix + uid, out var there) && there.Pod is not null)
            {
                return there.Pod;
            }
            _waiting.Add((uid, arrived));
        }
        try
        {
            return await arrived.Task.WaitAsync(cancellationToken);
        }
        finally
        {
            lock (_lock)
            {
                _waiting.Remove((uid, arrived));
            }
        }
    }

    /// <summary>
    /// Applies what a silo has sent. What has no key or no body this build knows is left out, so that a newer build asks for it again.
    /// </summary>
    public void Apply(Update update)
    {
        var upserts = update.Upserts.Where(IsUsable).ToList();
        if (upserts.Count == 0 && update.Removals.Count == 0)
        {
            return;
        }
        var pods = upserts.Exists(resource => resource.Pod is not null)
            || update.Removals.Any(key => key.StartsWith(PodPrefix, StringComparison.Ordinal));
        lock (_lock)
        {
            foreach (var key in update.Removals)
            {
                _resources.Remove(key);
            }
            foreach (var resource in upserts)
            {
                _resources[resource.Key] = resource;
            }
            // In the lock, so that a snapshot never overtakes a later one.
            _snapshot = _snapshot.With(upserts, update.Removals);
            dataPlane.Publish(_snapshot);
            _unsaved = true;
            foreach (var (uid, arrived) in _waiting)
            {
                if (_resources.TryGetValue(PodPrefix + uid, out var resource) && resource.Pod is not null)
                {
                    arrived.TrySetResult(resource.Pod);
                }
            }
        }
        LogApplied(logger, upserts.Count, update.Removals.Count);
        if (pods)
        {
            PodsChanged?.Invoke();
        }
    }

    /// <summary>Drops destinations nobody uses any more, and the endpoint sets that only they used.</summary>
    public void ForgetDestinations(IReadOnlyCollection<SocketAddress> addresses)
    {
        List<string> removals;
        lock (_lock)
        {
            var forgotten = addresses.ToHashSet();
            removals = [.. _resources.Values
                .Where(resource => resource.Destination?.Address is { } address && forgotten.Contains(address))
                .Select(resource => resource.Key)];
            var gone = removals.ToHashSet(StringComparer.Ordinal);
            var used = _resources.Values
                .Where(resource => resource.Destination is not null && !gone.Contains(resource.Key))
                .Select(resource => resource.Destination.EndpointSet).ToHashSet(StringComparer.Ordinal);
            removals.AddRange(_resources.Values
                .Where(resource => resource.EndpointSet is not null && !used.Contains(resource.Key))
                .Select(resource => resource.Key));
        }
        Apply(new Update { Removals = { removals } });
    }

    /// <summary>Takes up what was saved.</summary>
    /// <returns>How many resources there were; 0 when there was no usable file.</returns>
    public int Load()
    {
        Update saved;
        try
        {
            saved = Update.Parser.ParseFrom(File.ReadAllBytes(file));
        }
        catch (FileNotFoundException)
        {
            return 0;
        }
        catch (DirectoryNotFoundException)
        {
            return 0;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or InvalidProtocolBufferException)
        {
            LogUnreadable(logger, file, unreadable.Message);
            return 0;
        }
        Apply(saved);
        lock (_lock)
        {
            _unsaved = false;
        }
        return saved.Upserts.Count;
    }

    /// <summary>Saves what has changed since the last time, if anything has.</summary>
    public void Save()
    {
        byte[] content;
        lock (_lock)
        {
            if (!_unsaved)
            {
                return;
            }
            _unsaved = false;
            content = new Update { Upserts = { _resources.Values } }.ToByteArray();
        }
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            AtomicFile.Write(file, content);
        }
        catch (Exception unwritten) when (unwritten is IOException or UnauthorizedAccessException)
        {
            lock (_lock)
            {
                _unsaved = true;
            }
            LogUnwritten(logger, file, unwritten.Message);
        }
    }

    private bool IsUsable(Resource resource)
    {
        var usable = resource.Key.Length > 0 && resource.BodyCase switch
        {
            Resource.BodyOneofCase.Pod => resource.Key == PodPrefix + resource.Pod.Uid,
            Resource.BodyOneofCase.Destination => resource.Destination.Address is not null,
            Resource.BodyOneofCase.EndpointSet => true,
            _ => false,
        };
        if (!usable)
        {
            LogUnusable(logger, resource.Key, resource.BodyCase);
        }
        return usable;
    }

    [LoggerMessage(EventId = 2100, Level = LogLevel.Debug, Message = "control plane: {Upserts} resources, {Removals} removals")]
    private static partial void LogApplied(ILogger logger, int upserts, int removals);

    [LoggerMessage(EventId = 2101, Level = LogLevel.Warning,
        Message = "the saved resources in {File} cannot be read and are left aside until a silo sends them: {Reason}")]
    private static partial void LogUnreadable(ILogger logger, string file, string reason);

    [LoggerMessage(EventId = 2102, Level = LogLevel.Warning,
        Message = "resources cannot be saved to {File}: {Reason}. A restart without a control plane would begin without them")]
    private static partial void LogUnwritten(ILogger logger, string file, string reason);

    [LoggerMessage(EventId = 2103, Level = LogLevel.Warning,
        Message = "the silo sent a resource this proxy cannot use: '{Key}' ({Body}). Is the silo of another version?")]
    private static partial void LogUnusable(ILogger logger, string key, Resource.BodyOneofCase body);
}
