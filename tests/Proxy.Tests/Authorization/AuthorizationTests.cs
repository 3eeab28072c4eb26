using Mesh.Interfaces.Identity;
using Mesh.Interfaces.NodeSession;
using Mesh.Proxy.Authorization;
using Mesh.Proxy.Reactor;
using Proto = Mesh.Interfaces.NodeSession.Authorization;

namespace Mesh.Proxy.Tests.Authorization;

public sealed class AuthorizationTests
{
    [Theory]
    [InlineData("10.0.0.0/8", "10.255.1.2", true)]
    [InlineData("10.0.0.0/8", "11.0.0.1", false)]
    [InlineData("10.1.2.3", "10.1.2.3", true)]
    [InlineData("10.1.2.3/32", "10.1.2.4", false)]
    [InlineData("0.0.0.0/0", "203.0.113.9", true)]
    [InlineData("0.0.0.0/0", "fd00::1", false)]
    [InlineData("::/0", "fd00::1", true)]
    [InlineData("::/0", "10.0.0.1", false)]
    [InlineData("fd00::/8", "fd12:3456::1", true)]
    public void Contains_OfANetwork_ComparesThePrefix(string cidr, string ip, bool expected)
    {
        Assert.True(CidrBlock.TryParse(cidr, out var block));
        Assert.Equal(expected, block.Contains(Ip(ip)));
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.0.0.0/-1")]
    [InlineData("10.0.0.0/")]
    [InlineData("10.0.0/8")]
    [InlineData("10")]
    [InlineData("0x0a.0.0.1/8")]
    [InlineData("fe80::1%eth0/64")]
    [InlineData("any")]
    public void TryParse_OfWhatIsNoNetwork_Refuses(string? cidr) => Assert.False(CidrBlock.TryParse(cidr, out _));

    [Fact]
    public void Rule_WithAnInvalidException_NeverAllows()
    {
        var rule = Rule(TlsCondition.Unauthenticated, new Network { Cidr = "0.0.0.0/0", Except = { "10.0.0.0/99" } });
        Assert.False(rule.Allows(Ip("192.0.2.1"), null));
    }

    [Fact]
    public void Rule_WithAnException_LeavesItOut()
    {
        var rule = Rule(TlsCondition.Unauthenticated, new Network { Cidr = "10.0.0.0/8", Except = { "10.1.0.0/16" } });
        Assert.True(rule.Allows(Ip("10.2.0.1"), null));
        Assert.False(rule.Allows(Ip("10.1.0.1"), null));
    }

    [Fact]
    public void Rule_WithoutNetworks_AllowsNobody() =>
        Assert.False(new AuthorizationRule(new Proto { Tls = TlsCondition.Unauthenticated }).Allows(Ip("10.0.0.1"), null));

    [Theory]
    [InlineData(TlsCondition.Unspecified, false, false)]
    [InlineData((TlsCondition)99, false, false)]
    [InlineData(TlsCondition.Unauthenticated, true, true)]
    [InlineData(TlsCondition.MeshTlsAny, false, true)]
    [InlineData(TlsCondition.MeshTlsIdentities, false, false)]
    public void Rule_OfEachTlsCondition_LooksAtTheIdentity(TlsCondition condition, bool withoutIdentity, bool withIdentity)
    {
        var rule = Rule(condition, new Network { Cidr = "0.0.0.0/0" });
        Assert.Equal(withoutIdentity, rule.Allows(Ip("10.0.0.1"), null));
        Assert.Equal(withIdentity, rule.Allows(Ip("10.0.0.1"), Client("web", "shop")));
    }

    [Theory]
    [InlineData("web.shop.serviceaccount.identity.linkerd.cluster.local", "web", true)]
    [InlineData("spiffe://cluster.local/ns/shop/sa/web", "web", true)]
    [InlineData("web.shop.serviceaccount.identity.linkerd.cluster.local", "webb", false)]
    [InlineData("w.b.shop.serviceaccount.identity.linkerd.cluster.local", "wxb", false)]
    [InlineData("spiffe://cluster.local/ns/shop/sa/", "web", false)]
    public void Rule_WithIdentities_ComparesThemWhole(string allowed, string serviceAccount, bool expected)
    {
        var rule = new AuthorizationRule(new Proto
        {
            Tls = TlsCondition.MeshTlsIdentities,
            Identities = { allowed },
            Networks = { new Network { Cidr = "0.0.0.0/0" } },
        });
        Assert.Equal(expected, rule.Allows(Ip("10.0.0.1"), Client(serviceAccount, "shop")));
    }

    [Theory]
    [InlineData(".shop.serviceaccount.identity.linkerd.cluster.local", "shop", true)]
    [InlineData(".shop.serviceaccount.identity.linkerd.cluster.local", "workshop", false)]
    [InlineData("shop.serviceaccount.identity.linkerd.cluster.local", "shop", false)]
    public void Rule_WithSuffixes_ComparesWholeLabels(string suffix, string ns, bool expected)
    {
        var rule = new AuthorizationRule(new Proto
        {
            Tls = TlsCondition.MeshTlsIdentities,
            IdentitySuffixes = { suffix },
            Networks = { new Network { Cidr = "0.0.0.0/0" } },
        });
        Assert.Equal(expected, rule.Allows(Ip("10.0.0.1"), Client("web", ns)));
    }

    [Fact]
    public void Policy_WithSeveralRules_NamesTheFirstThatAllows()
    {
        var policy = new InboundPolicyModel(new InboundPolicy
        {
            DefaultPolicy = new PortPolicy
            {
                Authorizations =
                {
                    new Proto { Name = "a", Tls = TlsCondition.MeshTlsAny, Networks = { new Network { Cidr = "0.0.0.0/0" } } },
                    new Proto { Name = "b", Tls = TlsCondition.Unauthenticated, Networks = { new Network { Cidr = "0.0.0.0/0" } } },
                },
            },
        });
        Assert.Equal("a", policy.Port(80).Authorize(Ip("10.0.0.1"), Client("web", "shop"), probe: false)?.Name);
        Assert.Equal("b", policy.Port(80).Authorize(Ip("10.0.0.1"), null, probe: false)?.Name);
    }

    [Fact]
    public void Policy_WithoutDefault_AllowsNobody() =>
        Assert.Null(new InboundPolicyModel(new InboundPolicy()).Port(80).Authorize(Ip("10.0.0.1"), Client("web", "shop"), probe: true));

    private static IpValue Ip(string text) => IpValue.TryParse(text, out var ip) ? ip : throw new ArgumentException(text);

    private static ClientIdentity Client(string serviceAccount, string ns) => new(new WorkloadIdentity(serviceAccount, ns, "cluster.local"));

    private static AuthorizationRule Rule(TlsCondition condition, Network network) =>
        new(new Proto { Kind = "k", Name = "n", Tls = condition, Networks = { network } });
}
