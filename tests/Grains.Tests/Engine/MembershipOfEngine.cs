using System.Collections.Concurrent;
using Mesh.Grains.Ports;
using Mesh.Interfaces.Keys;
using Orleans.Embedded.Membership;

namespace Mesh.Grains.Tests.Engine;

/// <summary>The port over the embedded engine's list of silos.</summary>
internal sealed class MembershipOfEngine(IEmbeddedMembership membership) : IMeshMembership
{
    private readonly ConcurrentDictionary<string, bool> _known = [];

    public bool IsKnown(ClusterName cluster) => IsAlive(cluster) || _known.ContainsKey(cluster.Value);

    public bool IsAlive(ClusterName cluster)
    {
        var alive = membership.Current.Members.Any(member => member.Cluster == cluster.Value && member.Status == MemberStatus.Active);
        if (alive)
        {
            _known[cluster.Value] = true;
        }
        return alive;
    }

    public IDisposable Subscribe(Action callback)
    {
        void OnChanged(MembershipView view) => callback();
        membership.Changed += OnChanged;
        return new Subscription(() => membership.Changed -= OnChanged);
    }

    private sealed class Subscription(Action dispose) : IDisposable
    {
        public void Dispose() => dispose();
    }
}
