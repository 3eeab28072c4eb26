using System.Collections.Immutable;
using Mesh.Grains.Ports;
using Mesh.Interfaces.Keys;

namespace Mesh.Silo.Hosting;

/// <summary>Sums up the silos by cluster for the grains. A cluster that has been there stays known until this silo ends.</summary>
internal sealed partial class MeshMembership : IMeshMembership, IDisposable
{
    private readonly ISiloMembers _members;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private ImmutableHashSet<string> _known = [];
    private ImmutableHashSet<string> _alive = [];
    private ImmutableList<Registration> _callbacks = [];

    public MeshMembership(ISiloMembers members, ILogger<MeshMembership> logger)
    {
        _members = members;
        _logger = logger;
        members.Changed += Refresh;
        Refresh();
    }

    public bool IsKnown(ClusterName cluster) => Volatile.Read(ref _known).Contains(cluster.Value);

    public bool IsAlive(ClusterName cluster) => Volatile.Read(ref _alive).Contains(cluster.Value);

    public IDisposable Subscribe(Action callback)
    {
        var registration = new Registration(this, callback);
        ImmutableInterlocked.Update(ref _callbacks, (list, added) => list.Add(added), registration);
        return registration;
    }

    public void Dispose() => _members.Changed -= Refresh;

    private void Refresh()
    {
        ImmutableHashSet<string> came, went;
        lock (_lock)
        {
            var members = _members.Current;
            ImmutableHashSet<string> alive = [.. members.Where(m => m.Alive).Select(m => m.Cluster)];
            came = alive.Except(_alive);
            went = _alive.Except(alive);
            _known = _known.Union(alive).Union(members.Where(m => m.Known).Select(m => m.Cluster));
            _alive = alive;
        }
        foreach (var cluster in came)
        {
            LogCame(cluster);
        }
        foreach (var cluster in went)
        {
            LogWent(cluster);
        }
        if (came.IsEmpty && went.IsEmpty)
        {
            return;
        }
        foreach (var registration in Volatile.Read(ref _callbacks))
        {
            try
            {
                registration.Callback();
            }
            catch (Exception e)
            {
                LogFailed(e);
            }
        }
    }

    [LoggerMessage(6000, LogLevel.Information, "Cluster {Cluster} is connected.")]
    private partial void LogCame(string cluster);

    [LoggerMessage(
        6001, LogLevel.Warning, "No silo of cluster {Cluster} answers any more. Its mirrors and endpoints stay as they are, as "
            + "suspect, until one does.")]
    private partial void LogWent(string cluster);

    [LoggerMessage(6002, LogLevel.Error, "A subscriber of the membership failed.")]
    private partial void LogFailed(Exception exception);

    private sealed class Registration(MeshMembership owner, Action callback) : IDisposable
    {
        public Action Callback => callback;

        public void Dispose() => ImmutableInterlocked.Update(ref owner._callbacks, (list, removed) => list.Remove(removed), this);
    }
}
