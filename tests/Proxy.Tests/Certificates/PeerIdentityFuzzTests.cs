using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Mesh.Interfaces.Identity;
using Mesh.Proxy.Certificates;
using Mesh.Proxy.Tests.Corpora;
using Mesh.Proxy.Tls;

namespace Mesh.Proxy.Tests.Certificates;

/// <summary>Who a certificate belongs to: what the two readers (OpenSSL's on the data path, .NET's beside it) make of odd names.</summary>
public sealed class PeerIdentityFuzzTests
{
    private const string Dns = "web.shop.serviceaccount.identity.linkerd.cluster.local";
    private const string Spiffe = "spiffe://cluster.local/ns/shop/sa/web";
    private const byte DnsTag = 0x82;
    private const byte UriTag = 0x86;
    private static readonly byte[] Good = Names((DnsTag, Dns), (UriTag, Spiffe));

    public static TheoryData<string, byte[]> Odd => new()
    {
        { "no name", Names() },
        { "only a DNS name", Names((DnsTag, Dns)) },
        { "only a URI", Names((UriTag, Spiffe)) },
        { "two DNS names", Names((DnsTag, Dns), (DnsTag, Dns)) },
        { "a DNS name too many", Names((DnsTag, Dns), (UriTag, Spiffe), (DnsTag, "admin" + Dns[3..])) },
        { "two URIs", Names((DnsTag, Dns), (UriTag, Spiffe), (UriTag, Spiffe + "2")) },
        { "an email address too", Names((DnsTag, Dns), (UriTag, Spiffe), (0x81, "a@b")) },
        { "an address too", Names((DnsTag, Dns), (UriTag, Spiffe), (0x87, "\u0001\u0002\u0003\u0004")) },
        { "another name too", Names((DnsTag, Dns), (UriTag, Spiffe), (0xA0, "\u0006\u0003\u002a\u0003\u0004\u00a0\u0002\u000c\0")) },
        { "the URI as a DNS name", Names((DnsTag, Spiffe), (UriTag, Spiffe)) },
        { "the DNS name as a URI", Names((DnsTag, Dns), (UriTag, Dns)) },
        { "a NUL behind the name", Names((DnsTag, Dns + "\0.evil"), (UriTag, Spiffe)) },
        { "a NUL behind the URI", Names((DnsTag, Dns), (UriTag, Spiffe + "\0")) },
        { "another trust domain in one", Names((DnsTag, Dns + ".evil"), (UriTag, Spiffe)) },
        { "another service account in one", Names((DnsTag, Dns), (UriTag, "spiffe://cluster.local/ns/shop/sa/webb")) },
        { "a dot behind the name", Names((DnsTag, Dns + "."), (UriTag, Spiffe)) },
        { "upper case", Names((DnsTag, Dns.ToUpperInvariant()), (UriTag, Spiffe)) },
        { "an upper-case scheme", Names((DnsTag, Dns), (UriTag, "SPIFFE" + Spiffe[6..])) },
        { "an empty namespace", Names((DnsTag, Dns.Replace("shop", "")), (UriTag, Spiffe.Replace("shop", ""))) },
        { "an empty service account", Names((DnsTag, Dns[3..]), (UriTag, Spiffe[..^3])) },
        { "a slash too many", Names((DnsTag, Dns), (UriTag, Spiffe + "/")) },
        { "an escaped slash", Names((DnsTag, Dns), (UriTag, "spiffe://cluster.local/ns%2fshop/sa/web")) },
        { "two dots", Names((DnsTag, Dns), (UriTag, "spiffe://cluster.local/ns/x/../shop/sa/web")) },
        { "a port", Names((DnsTag, Dns), (UriTag, "spiffe://cluster.local:80/ns/shop/sa/web")) },
        { "a user", Names((DnsTag, Dns), (UriTag, "spiffe://a@cluster.local/ns/shop/sa/web")) },
        { "a query", Names((DnsTag, Dns), (UriTag, Spiffe + "?x")) },
        { "not ASCII", Names((DnsTag, Dns.Replace('w', '\u00ff')), (UriTag, Spiffe)) },
        { "a wildcard", Names((DnsTag, "*" + Dns[3..]), (UriTag, Spiffe)) },
        { "ten thousand names", Names([.. Enumerable.Repeat((DnsTag, Dns), 10_000)]) },
        { "a name of 100 KB", Names((DnsTag, new string('a', 100_000)), (UriTag, Spiffe)) },
    };

    [Theory]
    [MemberData(nameof(Odd))]
    public void TryRead_OfOddNames_Refuses(string what, byte[] names)
    {
        using var certificate = WithNames(names);
        Assert.True(!PeerIdentity.TryRead(certificate, out _), what);
        Assert.True(CertificateNames.Read(certificate.Handle, out _) is not null, what);
    }

    [Fact]
    public void TryRead_OfGoodNames_InEitherOrder_IsTheWorkload()
    {
        foreach (var names in new[] { Good, Names((UriTag, Spiffe), (DnsTag, Dns)) })
        {
            using var certificate = WithNames(names);
            Assert.True(PeerIdentity.TryRead(certificate, out var identity));
            Assert.Null(CertificateNames.Read(certificate.Handle, out var onTheDataPath));
            Assert.Equal(new WorkloadIdentity("web", "shop", "cluster.local"), identity);
            Assert.Equal(identity, onTheDataPath);
        }
    }

    [Fact]
    public void TryRead_OfMutatedNames_BothReadersAgreeAndInventNothing()
    {
        var random = new Random(11);
        List<byte[]> seeds = [Good, .. Odd.Select(row => row.Data.Item2).Where(names => names.Length < 500)];
        for (var i = 0; i < 1_500; i++)
        {
            var names = Mutations.Of(i % 2 == 0 ? Good : seeds[random.Next(seeds.Count)], random, "\0.-/%wsA\u0082\u0086"u8, seeds);
            using var certificate = WithNames(names);
            var isRead = PeerIdentity.TryRead(certificate, out var identity);
            var refusal = CertificateNames.Read(certificate.Handle, out var onTheDataPath);
            if (refusal is null)
            {
                // Whoever it is must be written there, in full and once.
                var text = Encoding.Latin1.GetString(names);
                Assert.Single(text.Split(onTheDataPath.DnsName)[1..]);
                Assert.Single(text.Split(onTheDataPath.SpiffeId)[1..]);
            }
            // .NET's reader may be the stricter about DER, never the other way round.
            Assert.True(!isRead || (refusal is null && identity == onTheDataPath), $"{Convert.ToHexString(names)}: {refusal}");
        }
    }

    [Fact]
    public void TryParse_OfMutatedIdentities_ReadsOnlyWhatItWouldWrite()
    {
        var random = new Random(12);
        List<byte[]> seeds = [Encoding.ASCII.GetBytes(Dns), Encoding.ASCII.GetBytes(Spiffe)];
        var accepted = 0;
        for (var i = 0; i < 100_000; i++)
        {
            var text = Encoding.Latin1.GetString(Mutations.Of(seeds[i % 2], random, "./-%aA0\0: "u8, seeds));
            if (WorkloadIdentity.TryParseDnsName(text, out var fromDns))
            {
                accepted++;
                Assert.Equal(text, fromDns.DnsName);
            }
            if (WorkloadIdentity.TryParseSpiffeId(text, out var fromSpiffe))
            {
                accepted++;
                Assert.Equal(text, fromSpiffe.SpiffeId);
            }
        }
        Assert.True(accepted > 1_000, $"{accepted}");
    }

    private static X509Certificate2 WithNames(byte[] names)
    {
        var now = TimeProvider.System.GetUtcNow();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=odd", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509Extension("2.5.29.17", names, critical: false));
        return request.CreateSelfSigned(now.AddHours(-1), now.AddHours(1));
    }

    // A SubjectAltName by hand: the builder of .NET refuses to write what these tests need.
    private static byte[] Names(params (byte Tag, string Value)[] names)
    {
        var content = names.SelectMany(name => (byte[])[name.Tag, .. Length(name.Value.Length), .. Encoding.Latin1.GetBytes(name.Value)]);
        return [0x30, .. Length(content.Count()), .. content];
    }

    private static byte[] Length(int length) => length switch
    {
        < 0x80 => [(byte)length],
        < 0x100 => [0x81, (byte)length],
        < 0x10000 => [0x82, (byte)(length >> 8), (byte)length],
        _ => [0x83, (byte)(length >> 16), (byte)(length >> 8), (byte)length],
    };
}
