using Mesh.Conformance.TestSilo;
using Mesh.Grains.Tests.Fakes;
using Mesh.Interfaces.Keys;
using Mesh.Testing;

namespace Mesh.Grains.Tests.Engine;

/// <summary>East and west of the guide, a silo each, with a Link in west. One Orleans cluster over both.</summary>
internal sealed class TwoClusters : IAsyncDisposable
{
    private readonly MeetingPoint _meeting = MeetingPoint.Create();
    private MeshSilo? _east;
    private MeshSilo? _west;

    public FakeClusterView EastView { get; } = new("east");

    public FakeClusterView WestView { get; } = new("west");

    public MeshSilo East => _east!;

    public MeshSilo West => _west!;

    public static async Task<TwoClusters> StartAsync()
    {
        var clusters = new TwoClusters();
        clusters.EastView.Put(Samples.Namespace());
        clusters.EastView.Put(Samples.Service());
        clusters.EastView.Put(Samples.Pod());
        clusters.EastView.Put(Samples.Slice(Samples.Endpoint()));
        clusters.WestView.Put(Samples.Namespace());
        clusters.WestView.Put(Samples.Link());
        clusters._west = await MeshSilo.StartAsync(
            clusters._meeting, "west", clusters.WestView, new FakeClusterWriter(clusters.WestView));
        await clusters.StartEastAsync();
        return clusters;
    }

    public async Task StartEastAsync()
    {
        _east = await MeshSilo.StartAsync(_meeting, "east", EastView, new FakeClusterWriter(EastView));
        await Eventually.Holds(
            () => West.Membership.IsAlive(ClusterName.Parse("east")) && East.Membership.IsAlive(ClusterName.Parse("west")),
            TimeSpan.FromSeconds(20),
            () => "east and west do not see each other");
    }

    public async Task StopEastAsync()
    {
        await East.DisposeAsync();
        _east = null;
        await Eventually.Holds(
            () => !West.Membership.IsAlive(ClusterName.Parse("east")), TimeSpan.FromSeconds(20), () => "west still sees east");
    }

    public void Export(bool exported = true) => EastView.Put(
        Samples.Service("bb", exported ? [(Samples.Exported, "remote-discovery")] : []) with { ResourceVersion = exported ? "8" : "9" });

    public async ValueTask DisposeAsync()
    {
        if (_east is not null)
        {
            await _east.DisposeAsync();
        }
        if (_west is not null)
        {
            await _west.DisposeAsync();
        }
        _meeting.Dispose();
    }
}
