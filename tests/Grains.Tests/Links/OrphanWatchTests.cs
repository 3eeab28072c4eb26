using Mesh.Grains.Links;
using Mesh.Grains.Tests.Fakes;
using Mesh.Testing;

namespace Mesh.Grains.Tests.Links;

public sealed class OrphanWatchTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly OrphanWatch _watch;
    private readonly Grains.Observed.ObservedService _mirror = Samples.Service("bb-target", ("mirror.linkerd.io/cluster-name", "target"));

    public OrphanWatchTests() => _watch = new OrphanWatch(_time);

    [Fact]
    public void Ripe_LinkSeenToGo_IsRipeAtOnce()
    {
        Assert.Single(_watch.Ripe([_mirror], "target"));
        Assert.Empty(_watch.Ripe([_mirror], "other"));
    }

    [Fact]
    public void Ripe_LinkNeverSeen_IsRipeAfterAWhile()
    {
        Assert.Empty(_watch.Ripe([_mirror], null));
        _time.Advance(TimeSpan.FromSeconds(4));
        Assert.Empty(_watch.Ripe([_mirror], null));
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Single(_watch.Ripe([_mirror], null));
    }

    [Fact]
    public void Ripe_LinkAppearsInBetween_StartsAnew()
    {
        Assert.Empty(_watch.Ripe([_mirror], null));
        _time.Advance(TimeSpan.FromSeconds(4));
        Assert.Empty(_watch.Ripe([], null));
        _time.Advance(TimeSpan.FromSeconds(4));
        Assert.Empty(_watch.Ripe([_mirror], null));
    }
}
