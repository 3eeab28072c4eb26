using System.Collections.Immutable;
using Mesh.Grains.Nodes;
using Mesh.Grains.Observed;
using Mesh.Grains.Tests.Fakes;
using Mesh.Interfaces.Endpoints;
using Mesh.Interfaces.Keys;
using Mesh.Interfaces.NodeSession;

namespace Mesh.Grains.Tests.Nodes;

public sealed class NodeSessionLedgerTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(700);
    private static readonly ServiceKey Bb = ServiceKey.Parse("east/mc-demo/bb");
    private static readonly SocketAddress Mirror = new() { Ip = "10.120.0.7", Port = 8080 };

    private readonly FakeClusterView _west = new();
    private readonly Dictionary<ServiceKey, EndpointSetSnapshot> _sets = [];

    public NodeSessionLedgerTests()
    {
        _west.Put(Samples.Namespace());
        _west.Put(Samples.Link());
        _west.Put(Samples.Service(
            "bb-target", ("multicluster.linkerd.io/remote-discovery", "target"), ("multicluster.linkerd.io/remote-service", "bb")) with
        { ClusterIps = ["10.120.0.7"] });
        _west.Put(Samples.Pod() with { Node = "west-1" });
        _west.Put(Samples.Pod("other-node", "10.20.2.9") with { Node = "west-2" });
    }

    [Fact]
    public void Take_EmptyHello_IsItsPodsAndComplete()
    {
        var update = Assert.Single(Take(new NodeSessionLedger(new Hello(), Samples.Epoch)));
        Assert.Equal(["pod/uid-bb-1"], update.Upserts.Select(resource => resource.Key));
        Assert.True(update.Complete);
    }

    [Fact]
    public void Take_Again_IsNothing()
    {
        var ledger = new NodeSessionLedger(new Hello(), Samples.Epoch);
        Take(ledger);
        Assert.Empty(Take(ledger));
    }

    [Fact]
    public void Take_HeldByHello_IsNotSentAgain()
    {
        var first = Take(new NodeSessionLedger(new Hello(), Samples.Epoch))[0].Upserts[0];
        var update = Assert.Single(Take(new NodeSessionLedger(new Hello { Held = { [first.Key] = first.Version } }, Samples.Epoch)));
        Assert.Empty(update.Upserts);
        Assert.True(update.Complete);
    }

    [Fact]
    public void Take_PolicyChanged_SendsThePodAgain()
    {
        var ledger = new NodeSessionLedger(new Hello(), Samples.Epoch);
        Take(ledger);
        _west.Put(Samples.Server());
        var update = Assert.Single(Take(ledger));
        Assert.Equal(8080u, Assert.Single(Assert.Single(update.Upserts).Pod.Inbound.Ports).Port);
        Assert.False(update.Complete);
    }

    [Fact]
    public void Take_HeldButGone_IsRemoved()
    {
        var hello = new Hello { Held = { ["pod/old"] = 1, ["destination/1.2.3.4:5"] = 1, ["endpoints/east/x/y"] = 1 } };
        Assert.Equal(
            ["destination/1.2.3.4:5", "endpoints/east/x/y", "pod/old"], Assert.Single(Take(new NodeSessionLedger(hello, Samples.Epoch))).Removals);
    }

    [Fact]
    public void Take_DemandedWithEndpointsKnown_SendsBoth()
    {
        _sets[Bb] = Set();
        var ledger = new NodeSessionLedger(new Hello { Demanded = { Mirror } }, Samples.Epoch);
        var update = Assert.Single(Take(ledger));
        Assert.Equal(
            ["pod/uid-bb-1", "endpoints/east/mc-demo/bb", "destination/10.120.0.7:8080"], update.Upserts.Select(resource => resource.Key));
        Assert.Equal("10.10.1.5", update.Upserts[1].EndpointSet.Endpoints[0].Ip);
    }

    [Fact]
    public void Take_EndpointsNotKnownYet_HoldsTheDestinationBackForAWhile()
    {
        var ledger = new NodeSessionLedger(new Hello { Demanded = { Mirror } }, Samples.Epoch);
        var first = Assert.Single(ledger.Take(Compose(ledger), Samples.Epoch, Patience, out var nextTry));
        Assert.Equal((Patience, false), (nextTry, first.Complete));
        Assert.Equal(["pod/uid-bb-1"], first.Upserts.Select(resource => resource.Key));

        var late = Assert.Single(ledger.Take(Compose(ledger), Samples.Epoch + Patience, Patience, out nextTry));
        Assert.Null(nextTry);
        Assert.Equal(["destination/10.120.0.7:8080"], late.Upserts.Select(resource => resource.Key));
        Assert.True(late.Complete);
    }

    [Fact]
    public void Take_EndpointsUnknownButHeld_LeavesThemWithTheProxy()
    {
        var ledger = new NodeSessionLedger(new Hello { Held = { ["endpoints/east/mc-demo/bb"] = 4711 }, Demanded = { Mirror } }, Samples.Epoch);
        var update = Assert.Single(ledger.Take(Compose(ledger), Samples.Epoch, Patience, out var nextTry));
        Assert.Null(nextTry);
        Assert.Empty(update.Removals);
        Assert.DoesNotContain(update.Upserts, resource => resource.Key.StartsWith("endpoints/", StringComparison.Ordinal));
    }

    [Fact]
    public void Take_ClusterSuspect_MarksTheSetAndKeepsItsEndpoints()
    {
        _sets[Bb] = Set();
        var ledger = new NodeSessionLedger(new Hello { Demanded = { Mirror } }, Samples.Epoch);
        Take(ledger);
        var update = Assert.Single(ledger.Take(Compose(ledger, suspect: true), Samples.Epoch, Patience, out _));
        var set = Assert.Single(update.Upserts).EndpointSet;
        Assert.True(set.Suspect);
        Assert.Single(set.Endpoints);
    }

    [Fact]
    public void Take_DemandTakenBack_RemovesDestinationAndEndpoints()
    {
        _sets[Bb] = Set();
        var ledger = new NodeSessionLedger(new Hello { Demanded = { Mirror } }, Samples.Epoch);
        Take(ledger);
        ledger.Apply(new Demand { Remove = { Mirror } }, Samples.Epoch);
        Assert.Equal(["destination/10.120.0.7:8080", "endpoints/east/mc-demo/bb"], Assert.Single(Take(ledger)).Removals);
    }

    [Fact]
    public void Take_DemandedAgain_IsAnsweredAgain()
    {
        _sets[Bb] = Set();
        var ledger = new NodeSessionLedger(new Hello { Demanded = { Mirror } }, Samples.Epoch);
        Take(ledger);
        ledger.Apply(new Demand { Add = { Mirror } }, Samples.Epoch);
        Assert.Equal(["destination/10.120.0.7:8080"], Assert.Single(Take(ledger)).Upserts.Select(resource => resource.Key));
    }

    [Fact]
    public void Renew_HelloSaysOtherDemand_IsFollowed()
    {
        _sets[Bb] = Set();
        var ledger = new NodeSessionLedger(new Hello(), Samples.Epoch);
        Take(ledger);
        ledger.Renew(new Hello { Demanded = { Mirror } }, Samples.Epoch);
        Assert.Equal(2, Assert.Single(Take(ledger)).Upserts.Count);
        ledger.Renew(new Hello { Demanded = { Mirror } }, Samples.Epoch);
        Assert.Empty(Take(ledger));
        ledger.Renew(new Hello(), Samples.Epoch);
        Assert.Equal(2, Assert.Single(Take(ledger)).Removals.Count);
    }

    [Fact]
    public void Take_UnmeshedOrFinishedPod_IsRemoved()
    {
        var ledger = new NodeSessionLedger(new Hello(), Samples.Epoch);
        Take(ledger);
        _west.Put(Samples.Pod() with { Node = "west-1", Phase = "Succeeded" });
        Assert.Equal(["pod/uid-bb-1"], Assert.Single(Take(ledger)).Removals);
    }

    [Fact]
    public void Take_MuchToSend_IsCutIntoFrames()
    {
        for (var i = 0; i < 6000; i++)
        {
            _west.Put(Samples.Pod($"pod-with-a-rather-long-name-{i}", $"10.{i / 256}.{i % 256}.1") with { Node = "west-1" });
        }
        var updates = Take(new NodeSessionLedger(new Hello(), Samples.Epoch));
        Assert.True(updates.Count > 1);
        Assert.All(updates, update => Assert.True(update.CalculateSize() < 4 << 20));
        Assert.Equal(6001, updates.Sum(update => update.Upserts.Count));
        Assert.Equal([true], updates.Select(update => update.Complete).Where(complete => complete));
        Assert.True(updates[^1].Complete);
    }

    private static EndpointSetSnapshot Set() => new(
        Bb, 1, true, [new EndpointPortSpec("http", 8080, 8080)],
        [new EndpointSpec("10.10.1.5", "mc-demo", "bb-1", "east-1", "", "x", "deployment", "bb", true, [], [])]);

    private List<Update> Take(NodeSessionLedger ledger) => ledger.Take(Compose(ledger), Samples.Epoch, Patience, out _);

    private NodeComposition Compose(NodeSessionLedger ledger, bool suspect = false) =>
        NodeComposer.Compose("west-1", _west, ledger.Demanded, _sets, _ => suspect);
}
