using Mesh.Interfaces.NodeSession;
using Mesh.Proxy.Enrolment;
using Mesh.Proxy.Netns;
using Mesh.Proxy.NetworkRules;
using Mesh.Proxy.Tests.Netns;

namespace Mesh.Proxy.Tests.NetworkRules;

public sealed class RedirectRulesTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void ToScript_NothingSkipped_IsTheGolden()
    {
        Assert.Equal(
            """
            add table inet mesh
            delete table inet mesh
            table inet mesh {
              chain itself {
                meta l4proto tcp redirect to :15006
              }
              chain outbound {
                type nat hook output priority -100; policy accept;
                meta mark 1338 return
                meta mark 1337 oifname "lo" goto itself
                meta mark 1337 return
                oifname "lo" return
                meta l4proto tcp redirect to :15001
              }
              chain inbound {
                type nat hook prerouting priority -100; policy accept;
                iifname "lo" return
                meta l4proto tcp redirect to :15006
              }
              chain guard {
                type filter hook input priority 0; policy accept;
                tcp dport { 15001, 15006 } ct state new ct status & dnat != dnat reject with tcp reset
              }
            }

            """.ReplaceLineEndings("\n"),
            PodRules.Of(new Pod()).ToScript());
    }

    [Fact]
    public void Of_SkipsThatMakeNoSense_AreLeftOut()
    {
        var pod = new Pod
        {
            SkipInboundPorts = { new PortRange { First = 0, Last = 5 }, new PortRange { First = 9, Last = 8 }, new PortRange { First = 25, Last = 25 } },
            SkipOutboundPorts = { new PortRange { First = 1, Last = 70000 }, new PortRange { First = 4000, Last = 5000 } },
            SkipSubnets = { "10.1.2.3/16", "fd00::1/64", "10.1.2.3", "10.0.0.0/33", "everything", "1/2/3", "; flush ruleset",
                "fe80::1%lo/64", "::ffff:10.0.0.0/104", "10/8", "[fd00::]/8", "fd00::/129", "fd00::/-1" },
        };

        var rules = PodRules.Of(pod);

        Assert.Equal([(25, 25)], rules.SkipInboundPorts);
        Assert.Equal([(4000, 5000)], rules.SkipOutboundPorts);
        Assert.Equal(["10.1.0.0/16", "fd00::/64", "10.1.2.3/32"], rules.SkipSubnets.Select(subnet => subnet.ToString()));
    }

    [Fact]
    public async Task Apply_EveryKindOfSkipOverlapping_IsAcceptedByNftAndRepeatable()
    {
        using var network = new TestNetwork();
        var script = PodRules.Of(new Pod
        {
            SkipInboundPorts = { new PortRange { First = 1, Last = 65535 }, new PortRange { First = 80, Last = 80 } },
            SkipOutboundPorts = { new PortRange { First = 80, Last = 90 }, new PortRange { First = 85, Last = 95 } },
            SkipSubnets = { "10.0.0.0/8", "10.1.0.0/16", "fd00::/8" },
        }).ToScript();
        var nftables = new Nftables(TimeProvider.System);

        await nftables.ApplyAsync(network.Pod, script, Cancel);
        var first = network.Rules();
        await nftables.ApplyAsync(network.Pod, script, Cancel);

        Assert.Equal(first, network.Rules());
        Assert.True(await nftables.ArePresentAsync(network.Pod, Cancel));
        await nftables.ApplyAsync(network.Pod, RedirectRules.RemovalScript, Cancel);
        Assert.Empty(network.Rules());
    }

    [Fact]
    public async Task Apply_ScriptNftRefuses_SaysWhatNftSaidAndChangesNothing()
    {
        using var network = new TestNetwork();
        var nftables = new Nftables(TimeProvider.System);

        var refused = await Assert.ThrowsAsync<NetworkRulesException>(
            () => nftables.ApplyAsync(network.Pod, "add table inet mesh\nnonsense\n", Cancel));

        Assert.Contains("nonsense", refused.Message, StringComparison.Ordinal);
        Assert.Empty(network.Rules());
    }

    [Fact]
    public async Task RunAsync_NotANetworkNamespace_Fails()
    {
        using var file = NetworkNamespace.Open("/proc/self/ns/uts");

        await Assert.ThrowsAsync<IOException>(() => file.RunAsync(() => 0));
    }
}
