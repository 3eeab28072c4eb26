using System.Collections.Immutable;
using Mesh.Grains.Observed;

namespace Mesh.Grains.Links;

/// <summary>
/// Tells mirrors that have lost their Link from mirrors whose Link this silo's informers have not shown yet: an orphan must have been one
/// for a while. It belongs to one grain and runs in its turns.
/// </summary>
internal sealed class OrphanWatch(TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private Dictionary<string, DateTimeOffset> _since = [];

    /// <param name="orphans">Every mirror without a Link, now.</param>
    /// <param name="goneTarget">A target whose Link was seen and is gone: its mirrors are orphans at once.</param>
    /// <returns>Those to delete.</returns>
    public ImmutableArray<ObservedService> Ripe(ImmutableArray<ObservedService> orphans, string? goneTarget)
    {
        var now = time.GetUtcNow();
        _since = orphans.ToDictionary(orphan => orphan.Uid, orphan => _since.GetValueOrDefault(orphan.Uid, now));
        return [.. orphans.Where(orphan =>
            (goneTarget is not null && orphan.Labels.GetValueOrDefault(MirrorLabels.ClusterName) == goneTarget)
            || now - _since[orphan.Uid] >= Patience)];
    }
}
