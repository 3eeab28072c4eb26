using System.Net;
using Mesh.Interfaces.Identity;
using Mesh.Interfaces.NodeSession;
using Mesh.Proxy.Authorization;
using Mesh.Proxy.Reactor;
using Proto = Mesh.Interfaces.NodeSession.Authorization;

namespace Mesh.Proxy.Tests.Authorization;

/// <summary>Literals in policies are literals, whatever characters they have; networks contain what arithmetic says.</summary>
public sealed class PolicyPropertyTests
{
    private const string Domain = "cluster.local";

    [Theory]
    [InlineData("sa.a", "sab")]
    [InlineData("s.*", "sab")]
    [InlineData("sa?", "sab")]
    [InlineData("^sab$", "sab")]
    [InlineData("sa[ab]", "sab")]
    [InlineData("*", "sab")]
    [InlineData("", "sab")]
    [InlineData("SAB", "sab")]
    [InlineData("sab\0", "sab")]
    [InlineData("sab ", "sab")]
    public void Rule_WithMetacharacters_MatchesNobodyElse(string inPolicy, string serviceAccount)
    {
        var client = new ClientIdentity(new WorkloadIdentity(serviceAccount, "shop", Domain));
        Assert.False(Rule([$"{inPolicy}.shop.serviceaccount.identity.linkerd.{Domain}", inPolicy], []).Allows(Ip("10.0.0.1"), client));
        Assert.False(Rule([$"spiffe://{Domain}/ns/shop/sa/{inPolicy}"], [$"{inPolicy}.shop"]).Allows(Ip("10.0.0.1"), client));
    }

    [Fact]
    public void Rule_WithRandomLiterals_IsEqualityAndWholeSuffixes()
    {
        var random = new Random(13);
        var matches = 0;
        for (var i = 0; i < 50_000; i++)
        {
            var identity = new WorkloadIdentity(Word(random), Word(random), Domain);
            var literal = random.Next(2) == 0 ? new WorkloadIdentity(Word(random), Word(random), Domain).DnsName : identity.DnsName[1..];
            var suffix = random.Next(2) == 0
                ? "." + Word(random) + identity.DnsName[(identity.DnsName.Length / 2)..]
                : identity.DnsName[random.Next(6)..];
            var expected = literal == identity.DnsName
                || (suffix.Length > 1 && suffix[0] == '.' && identity.DnsName.EndsWith(suffix, StringComparison.Ordinal));
            Assert.Equal(expected, Rule([literal], [suffix]).Allows(Ip("10.0.0.1"), new ClientIdentity(identity)));
            matches += expected ? 1 : 0;
        }
        Assert.InRange(matches, 1_000, 40_000);
    }

    [Fact]
    public void Contains_OfRandomNetworks_AgreesWithDotNet()
    {
        var random = new Random(14);
        var inside = 0;
        for (var i = 0; i < 50_000; i++)
        {
            var isV6 = random.Next(2) == 0;
            var address = new byte[isV6 ? 16 : 4];
            random.NextBytes(address);
            var other = (byte[])address.Clone();
            other[random.Next(other.Length)] ^= (byte)(1 << random.Next(8));
            var length = random.Next(address.Length * 8 + 1);
            var network = NetworkOf(address, length);
            Assert.True(CidrBlock.TryParse(network.ToString(), out var block));
            foreach (var candidate in new[] { new IPAddress(address), new IPAddress(other) })
            {
                // A v4-mapped address is an IPv4 address here, and no IPv6 network contains it.
                var ip = Ip(candidate.ToString());
                Assert.Equal(network.Contains(candidate) && ip.IsV4 != isV6, block.Contains(ip));
                inside += block.Contains(ip) ? 1 : 0;
            }
        }
        Assert.InRange(inside, 50_000, 90_000);
    }

    [Theory]
    [InlineData("0.0.0.0/0", "10.1.0.0/16", "10.1.2.3", false)]
    [InlineData("10.1.2.0/24", "10.0.0.0/8", "10.1.2.3", false)]
    [InlineData("10.0.0.0/8", "10.1.2.3/32", "10.1.2.3", false)]
    [InlineData("10.0.0.0/8", "10.1.2.3/32", "10.1.2.4", true)]
    [InlineData("::/0", "fd00::/8", "fd00::1", false)]
    [InlineData("::/0", "::ffff:0:0/96", "10.1.2.3", false)]
    [InlineData("0.0.0.0/0", "::/0", "10.1.2.3", true)]
    public void Rule_WithAnExceptionAroundItOrInIt_LetsTheExceptionWin(string network, string except, string client, bool expected)
    {
        var rule = new AuthorizationRule(new Proto
        {
            Tls = TlsCondition.Unauthenticated,
            Networks = { new Network { Cidr = network, Except = { except } } },
        });
        Assert.Equal(expected, rule.Allows(Ip(client), null));
    }

    [Theory]
    [InlineData("fe80::1%eth0")]
    [InlineData("fe80::1%1/64")]
    [InlineData("[::1]/128")]
    [InlineData("[::1]:80")]
    [InlineData("[::1")]
    [InlineData("::1/129")]
    [InlineData("::/ 0")]
    [InlineData("10.0.0.0/08x")]
    [InlineData("10.0.0.0/8/8")]
    [InlineData("010.0.0.0/8")]
    [InlineData("10.0.0.0/\u0668")]
    public void Rule_WithANetworkThatIsNone_AllowsNobody(string cidr)
    {
        var rule = new AuthorizationRule(new Proto { Tls = TlsCondition.Unauthenticated, Networks = { new Network { Cidr = cidr } } });
        foreach (var client in new[] { "10.0.0.1", "8.0.0.1", "::1", "fe80::1", "0.0.0.0" })
        {
            Assert.False(rule.Allows(Ip(client), null));
        }
    }

    private static IPNetwork NetworkOf(byte[] address, int length)
    {
        var network = (byte[])address.Clone();
        for (var bit = length; bit < network.Length * 8; bit++)
        {
            network[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        }
        return new IPNetwork(new IPAddress(network), length);
    }

    private static string Word(Random random) =>
        string.Create(random.Next(1, 3), random, (word, source) => word.Fill(source.Next(3) switch { 0 => 'a', 1 => 'b', _ => '-' }));

    private static AuthorizationRule Rule(string[] identities, string[] suffixes)
    {
        var authorization = new Proto { Tls = TlsCondition.MeshTlsIdentities, Networks = { new Network { Cidr = "0.0.0.0/0" } } };
        authorization.Identities.AddRange(identities);
        authorization.IdentitySuffixes.AddRange(suffixes);
        return new AuthorizationRule(authorization);
    }

    private static IpValue Ip(string text) =>
        IpValue.TryParse(text, out var ip) ? ip : throw new ArgumentException($"{text} is no address");
}
