using System.Net;
using System.Net.Sockets;
using Mesh.Interfaces.NodeSession;
using Mesh.Proxy.Cni;
using Mesh.Proxy.Enrolment;
using Mesh.Proxy.Netns;
using Mesh.Proxy.NetworkRules;
using Mesh.Proxy.Tests.Netns;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mesh.Proxy.Tests.Enrolment;

public sealed class EnrolmentKeeperTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly TestNetwork _network = new();
    private readonly FakeDataPlane _dataPlane = new();
    private readonly FakeAuthority _authority = new();
    private readonly List<EnrolmentKeeper> _keepers = [];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _keepers.ForEach(keeper => keeper.Dispose());
        _dataPlane.Die();
        _network.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task EnrolAsync_MeshedPod_OutboundReachesTheListenerWithItsOriginalDestination()
    {
        await EnrolAsync(Keeper());

        using var client = await TestNetwork.ConnectAsync(_network.Pod, new IPEndPoint(TestNetwork.PeerAddress, 8080), Cancel);
        using var accepted = await TestNetwork.AcceptAsync(_dataPlane.Pods["u1"].OutboundListeners[0], Cancel);

        Assert.Equal(new IPEndPoint(TestNetwork.PeerAddress, 8080), TestNetwork.OriginalDestination(accepted));
    }

    [Fact]
    public async Task EnrolAsync_MeshedPod_InboundReachesTheListenerWithItsOriginalDestination()
    {
        await EnrolAsync(Keeper());

        using var client = await TestNetwork.ConnectAsync(_network.Peer, new IPEndPoint(TestNetwork.PodAddress, 9000), Cancel);
        using var accepted = await TestNetwork.AcceptAsync(_dataPlane.Pods["u1"].InboundListeners[0], Cancel);

        Assert.Equal(new IPEndPoint(TestNetwork.PodAddress, 9000), TestNetwork.OriginalDestination(accepted));
        Assert.Equal(TestNetwork.PeerAddress, ((IPEndPoint)accepted.RemoteEndPoint!).Address);
    }

    [Fact]
    public async Task EnrolAsync_MeshedPod_ProxysOwnSocketsAndLoopbackAreLeftAlone()
    {
        await EnrolAsync(Keeper());
        using var peer = await TestNetwork.ListenAsync(_network.Peer, 7000);
        using var own = await TestNetwork.ListenAsync(_network.Pod, 7001);

        using var marked = await _network.Pod.RunAsync(() =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.SetRawSocketOption(1, 36, BitConverter.GetBytes(RedirectRules.ProxyMark));
            return socket;
        });
        await marked.ConnectAsync(new IPEndPoint(TestNetwork.PeerAddress, 7000), Cancel);
        using var atPeer = await peer.AcceptAsync(Cancel);
        using var local = await TestNetwork.ConnectAsync(_network.Pod, new IPEndPoint(TestNetwork.PodAddress, 7001), Cancel);
        using var atOwn = await own.AcceptAsync(Cancel);

        Assert.Equal(TestNetwork.PodAddress, ((IPEndPoint)atPeer.RemoteEndPoint!).Address);
        Assert.Equal(TestNetwork.PodAddress, ((IPEndPoint)atOwn.RemoteEndPoint!).Address);
    }

    [Theory]
    [InlineData(true, RedirectRules.InboundPort)]
    [InlineData(true, RedirectRules.OutboundPort)]
    [InlineData(false, RedirectRules.InboundPort)]
    public async Task EnrolAsync_MeshedPod_ListeningPortsThemselvesRefuseConnections(bool fromThePod, int port)
    {
        await EnrolAsync(Keeper());

        // From outside the outbound port is an inbound connection like any other; the inbound port would loop and is refused.
        var connecting = TestNetwork.ConnectAsync(
            fromThePod ? _network.Pod : _network.Peer, new IPEndPoint(TestNetwork.PodAddress, port), Cancel);

        var refused = await Assert.ThrowsAsync<SocketException>(async () => (await connecting).Dispose());
        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
    }

    [Fact]
    public async Task EnrolAsync_SkippedPorts_GoAroundTheProxy()
    {
        var pod = Pod();
        pod.SkipInboundPorts.Add(new PortRange { First = 7000, Last = 7010 });
        pod.SkipOutboundPorts.Add(new PortRange { First = 7020, Last = 7020 });
        await EnrolAsync(Keeper(), pod);
        using var peer = await TestNetwork.ListenAsync(_network.Peer, 7020);
        using var own = await TestNetwork.ListenAsync(_network.Pod, 7005);

        using var outbound = await TestNetwork.ConnectAsync(_network.Pod, new IPEndPoint(TestNetwork.PeerAddress, 7020), Cancel);
        using var atPeer = await peer.AcceptAsync(Cancel);
        using var inbound = await TestNetwork.ConnectAsync(_network.Peer, new IPEndPoint(TestNetwork.PodAddress, 7005), Cancel);
        using var atOwn = await own.AcceptAsync(Cancel);

        Assert.True(atPeer.Connected && atOwn.Connected);
    }

    [Fact]
    public async Task EnrolAsync_NotMeshed_ChangesNothing()
    {
        _authority.NotMeshed.Add("u1");

        var enrolled = await Keeper().EnrolAsync(Request(), Open(), Cancel);

        Assert.False(enrolled);
        Assert.Empty(_network.Rules());
        Assert.Empty(_dataPlane.Pods);
    }

    [Fact]
    public async Task EnrolAsync_NotKnown_IsRefusedAndSaysWhy()
    {
        var refused = await Assert.ThrowsAsync<EnrolmentException>(() => Keeper().EnrolAsync(Request(), Open(), Cancel));

        Assert.Equal(CniErrorCode.TryAgainLater, refused.Code);
        Assert.Contains("does not know pod mc-demo/bb-1", refused.Message, StringComparison.Ordinal);
        Assert.Empty(_network.Rules());
    }

    [Fact]
    public async Task EnrolAsync_ControlPlaneSilent_IsRefusedInTime()
    {
        _authority.Silent = true;

        var refused = await Assert.ThrowsAsync<EnrolmentException>(
            () => Keeper(TimeSpan.FromMilliseconds(100)).EnrolAsync(Request(), Open(), Cancel));

        Assert.Equal(CniErrorCode.TryAgainLater, refused.Code);
        Assert.Contains("to say whether it is meshed", refused.Message, StringComparison.Ordinal);
        Assert.Contains("does not answer", refused.Details, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EnrolAsync_PortTakenInThePod_IsRefusedAndLeavesNothing()
    {
        using var taken = await TestNetwork.ListenAsync(_network.Pod, RedirectRules.InboundPort);
        _authority.Set(Pod());

        var refused = await Assert.ThrowsAsync<EnrolmentException>(() => Keeper().EnrolAsync(Request(), Open(), Cancel));

        Assert.Equal(CniErrorCode.NotEnrolled, refused.Code);
        Assert.Empty(_network.Rules());
        Assert.Empty(_dataPlane.Pods);
    }

    [Fact]
    public async Task EnrolAsync_Twice_IsOneEnrolment()
    {
        var keeper = Keeper();
        await EnrolAsync(keeper);
        var rules = _network.Rules();

        await EnrolAsync(keeper);

        Assert.Single(keeper.Enrolments);
        Assert.Equal(rules, _network.Rules());
    }

    [Fact]
    public async Task EnrolAsync_PodWithANewSandbox_ReplacesTheOldOne()
    {
        var keeper = Keeper();
        await EnrolAsync(keeper);
        using var second = new TestNetwork();

        await keeper.EnrolAsync(
            Request() with { ContainerId = "c2", NetnsPath = second.PodPath }, NetworkNamespace.Open(second.PodPath), Cancel);

        Assert.Equal("c2", Assert.Single(keeper.Enrolments).ContainerId);
        Assert.Contains("redirect to :15001", second.Rules(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task UnenrolAsync_EnrolledPod_RemovesRulesListenersAndRecord()
    {
        var keeper = Keeper();
        await EnrolAsync(keeper);

        await keeper.UnenrolAsync("c1", Cancel);
        await keeper.UnenrolAsync("c1", Cancel);

        Assert.Empty(_network.Rules());
        Assert.Empty(_dataPlane.Pods);
        Assert.Empty(keeper.Enrolments);
        Assert.DoesNotContain("bb-1", await File.ReadAllTextAsync(_directory.Options().EnrolmentFile, Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RestoreAsync_AfterTheProcessDied_TakesThePodUpAgain()
    {
        await EnrolAsync(Keeper());
        _dataPlane.Die();
        var next = Keeper();

        await next.RestoreAsync(Cancel);
        using var client = await TestNetwork.ConnectAsync(_network.Pod, new IPEndPoint(TestNetwork.PeerAddress, 8080), Cancel);
        using var accepted = await TestNetwork.AcceptAsync(_dataPlane.Pods["u1"].OutboundListeners[0], Cancel);

        Assert.Single(next.Enrolments);
        Assert.Equal(8080, TestNetwork.OriginalDestination(accepted).Port);
    }

    [Fact]
    public async Task RestoreAsync_NamespaceGoneOrAnother_IsForgotten()
    {
        await EnrolAsync(Keeper());
        _dataPlane.Die();
        var file = _directory.Options().EnrolmentFile;
        var text = await File.ReadAllTextAsync(file, Cancel);
        await File.WriteAllTextAsync(
            file, text.Replace($"{_network.Pod.Inode}", $"{_network.Pod.Inode + 1}", StringComparison.Ordinal), Cancel);
        var next = Keeper();

        await next.RestoreAsync(Cancel);

        Assert.Empty(next.Enrolments);
        Assert.Empty(_dataPlane.Pods);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("{\"bootId\":\"another\",\"enrolments\":[]}")]
    public async Task RestoreAsync_UnusableFile_BeginsEmpty(string content)
    {
        Directory.CreateDirectory(_directory.Options().StateDirectory);
        await File.WriteAllTextAsync(_directory.Options().EnrolmentFile, content, Cancel);
        var keeper = Keeper();

        await keeper.RestoreAsync(Cancel);

        Assert.Empty(keeper.Enrolments);
    }

    [Fact]
    public async Task TidyAsync_NamespaceDeletedWithoutDel_LetsThePodGo()
    {
        var keeper = Keeper();
        await EnrolAsync(keeper);
        _network.DeletePod();

        await keeper.TidyAsync(Cancel);

        Assert.Empty(keeper.Enrolments);
        Assert.Empty(_dataPlane.Pods);
    }

    [Fact]
    public async Task TidyAsync_NamespaceNeverVisibleAtItsPath_KeepsThePodUntilTheControlPlaneRemovesIt()
    {
        var keeper = Keeper();
        _authority.Set(Pod());
        await keeper.EnrolAsync(Request() with { NetnsPath = "/run/netns/elsewhere" }, Open(), Cancel);

        await keeper.TidyAsync(Cancel);
        Assert.Single(keeper.Enrolments);
        _authority.Meshed.Clear();
        await keeper.TidyAsync(Cancel);

        Assert.Empty(keeper.Enrolments);
    }

    [Fact]
    public async Task TidyAsync_SkippedPortsChanged_PutsTheNewRulesInPlace()
    {
        var keeper = Keeper();
        await EnrolAsync(keeper);
        var changed = Pod();
        changed.SkipInboundPorts.Add(new PortRange { First = 4321, Last = 4321 });
        _authority.Set(changed);

        await keeper.TidyAsync(Cancel);

        Assert.Contains("4321", _network.Rules(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task CheckAsync_RulesRemovedBySomebody_IsAnError()
    {
        var keeper = Keeper();
        await EnrolAsync(keeper);
        Assert.True(await keeper.CheckAsync(Request() with { Command = "CHECK" }, Cancel));
        await new Nftables(TimeProvider.System).ApplyAsync(_network.Pod, RedirectRules.RemovalScript, Cancel);

        await Assert.ThrowsAsync<EnrolmentException>(() => keeper.CheckAsync(Request() with { Command = "CHECK" }, Cancel));
    }

    [Fact]
    public async Task NotEnrolled_MeshedPodStartedBeforeTheProxy_IsNamed()
    {
        var keeper = Keeper();
        await EnrolAsync(keeper);
        _authority.Set(new Pod { Uid = "u2", Namespace = "mc-demo", Name = "old" });

        Assert.Equal("old", Assert.Single(keeper.NotEnrolled).Name);
    }

    private static Pod Pod() => new() { Uid = "u1", Namespace = "mc-demo", Name = "bb-1", ServiceAccount = "bb" };

    private EnrolmentKeeper Keeper(TimeSpan? timeout = null)
    {
        var options = _directory.Options();
        var keeper = new EnrolmentKeeper(
            options with { EnrolmentTimeout = timeout ?? options.EnrolmentTimeout }, _authority, _dataPlane,
            new Nftables(TimeProvider.System), TimeProvider.System, NullLogger<EnrolmentKeeper>.Instance);
        _keepers.Add(keeper);
        return keeper;
    }

    private async Task EnrolAsync(EnrolmentKeeper keeper, Pod? pod = null)
    {
        _authority.Set(pod ?? Pod());
        Assert.True(await keeper.EnrolAsync(Request(), Open(), Cancel));
    }

    private HandoverRequest Request() => new("ADD", "c1", "mc-demo", "bb-1", "u1", _network.PodPath, ["10.251.0.2"]);

    private NetworkNamespace Open() => NetworkNamespace.Open(_network.PodPath);
}
