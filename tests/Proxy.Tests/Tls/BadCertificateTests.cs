using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mesh.Proxy.Tls;

namespace Mesh.Proxy.Tests.Tls;

/// <summary>
/// Certificates that are signed by the trusted issuer, or pretend to be, and must not make anybody somebody. Each is refused for its own
/// reason: a test that only saw "refused" would pass when everything is.
/// </summary>
public sealed class BadCertificateTests : IDisposable
{
    private readonly CertificateForge _forge = new();
    private readonly TlsContext _context;

    public BadCertificateTests() => _context = TlsContext.Create(_forge.Issue("mc-demo", "bb"));

    [Fact]
    public void Verify_OfAGoodCertificate_SaysWhoItIs()
    {
        Assert.Null(_context.Verify(
            [_forge.Leaf(CertificateForge.Names(CertificateForge.GoodNames), CertificateForge.BothUsages), _forge.IssuerWithKey.RawData],
            peerIsClient: true, out var peer));
        Assert.Equal(CertificateForge.DnsName, peer!.Identity.DnsName);
        Assert.Equal(2, peer.Chain.Count);
    }

    [Fact]
    public void Verify_WithoutAlternativeNames_IsRefused() => AssertRefused("no subject alternative names", CertificateForge.BothUsages);

    [Theory]
    [InlineData("spiffe://cluster.local/ns/mc-demo/sa/slow-cooker\0.evil")]
    [InlineData("spiffe://cluster.local/ns/mc-demo/sa/slow-cooker\n")]
    [InlineData("spiffe://cluster.local/ns/mc-demo/sa/slow cooker")]
    [InlineData("spiffe://cluster.local/ns/mc-demo/sa/sl\u00f6w-cooker")]
    public void Verify_WithStrangeCharactersInAName_IsRefused(string uri) =>
        AssertNamesRefused(
            "characters that no identity has", CertificateForge.Name(2, CertificateForge.DnsName), CertificateForge.Name(6, uri));

    [Fact]
    public void Verify_WithANulInTheDnsName_IsRefused() => AssertNamesRefused(
        "characters that no identity has",
        CertificateForge.Name(2, CertificateForge.DnsName + "\0.evil"), CertificateForge.Name(6, CertificateForge.SpiffeId));

    [Fact]
    public void Verify_WithAnOtherName_IsRefused() => AssertNamesRefused(
        "neither a DNS name nor a URI",
        CertificateForge.Name(2, CertificateForge.DnsName), CertificateForge.OtherName(CertificateForge.SpiffeId));

    [Fact]
    public void Verify_WithSeveralUris_IsRefused() => AssertNamesRefused(
        "has 3 names", CertificateForge.Name(2, CertificateForge.DnsName), CertificateForge.Name(6, CertificateForge.SpiffeId),
        CertificateForge.Name(6, "spiffe://cluster.local/ns/mc-demo/sa/admin"));

    [Fact]
    public void Verify_WithTwoUrisAndNoDnsName_IsRefused() => AssertNamesRefused(
        "are not a workload's", CertificateForge.Name(6, CertificateForge.SpiffeId), CertificateForge.Name(6, CertificateForge.SpiffeId));

    [Fact]
    public void Verify_WithADnsNameThatLooksLikeASpiffeId_IsRefused() => AssertNamesRefused(
        "are not a workload's", CertificateForge.Name(2, CertificateForge.SpiffeId), CertificateForge.Name(6, CertificateForge.SpiffeId));

    [Fact]
    public void Verify_WithNamesOfTwoWorkloads_IsRefused() => AssertNamesRefused(
        "disagree",
        CertificateForge.Name(2, CertificateForge.DnsName), CertificateForge.Name(6, "spiffe://cluster.local/ns/mc-demo/sa/admin"));

    [Fact]
    public void Verify_WithTenThousandNames_IsRefused() => AssertNamesRefused(
        "has 10000 names", [.. Enumerable.Range(0, 10_000).Select(i => CertificateForge.Name(2, $"sa-{i}.example"))]);

    [Theory]
    [InlineData("spiffe://cluster.local/ns//sa/slow-cooker")]
    [InlineData("spiffe://cluster.local/ns/mc-demo/sa/")]
    [InlineData("spiffe://cluster.local/ns/mc-demo/sa")]
    [InlineData("spiffe://cluster.local/ns/mc-demo/sa/slow-cooker/")]
    [InlineData("spiffe://cluster.local//ns/mc-demo/sa/slow-cooker")]
    [InlineData("spiffe://cluster.local/ns/mc-demo/sa/slow-cooker/x")]
    [InlineData("spiffe://cluster.local/ns/mc-demo/sa/x%2fslow-cooker")]
    [InlineData("spiffe://cluster.local/ns/mc-demo/sa/../slow-cooker")]
    [InlineData("spiffe://cluster.local/ns/../ns/mc-demo/sa/slow-cooker")]
    [InlineData("SPIFFE://cluster.local/ns/mc-demo/sa/slow-cooker")]
    [InlineData("spiffe://Cluster.local/ns/mc-demo/sa/slow-cooker")]
    [InlineData("spiffe://cluster.local:443/ns/mc-demo/sa/slow-cooker")]
    [InlineData("spiffe://u@cluster.local/ns/mc-demo/sa/slow-cooker")]
    [InlineData("spiffe://cluster.local/ns/mc-demo/sa/slow-cooker?x")]
    [InlineData("spiffe://cluster.local/ns/mc-demo/sa/slow-cooker#x")]
    [InlineData("https://cluster.local/ns/mc-demo/sa/slow-cooker")]
    public void Verify_WithAUriThatIsNoSpiffeIdOfAWorkload_IsRefused(string uri) =>
        AssertNamesRefused("are not a workload's", CertificateForge.Name(2, CertificateForge.DnsName), CertificateForge.Name(6, uri));

    [Fact]
    public void Verify_WithATrustDomainThatOnlyBeginsLikeOurs_IsRefused() => AssertNamesRefused(
        "is not of the trust domain cluster.local",
        CertificateForge.Name(2, CertificateForge.DnsName + ".evil"),
        CertificateForge.Name(6, "spiffe://cluster.local.evil/ns/mc-demo/sa/slow-cooker"));

    [Fact]
    public void Verify_WithAHugeRsaKey_IsRefused()
    {
        // 16,384 bits of modulus, and an exponent as long: nobody has the other half, and nothing is computed with it.
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            var number = RandomNumberGenerator.GetBytes(2048);
            number[0] = 0x7F;
            number[^1] |= 1;
            writer.WriteInteger(number);
            writer.WriteInteger(number);
        }
        var rsa = new Oid("1.2.840.113549.1.1.1");
        AssertKeyRefused(new PublicKey(rsa, new AsnEncodedData(rsa, [5, 0]), new AsnEncodedData(rsa, writer.Encode())));
    }

    [Fact]
    public void Verify_WithAnOrdinaryRsaKey_IsRefused()
    {
        using var key = RSA.Create(2048);
        AssertKeyRefused(new PublicKey(key));
    }

    [Fact]
    public void Verify_WithAnotherCurve_IsRefused()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        AssertKeyRefused(new PublicKey(key));
    }

    [Fact]
    public void Verify_WithACurveGivenByItsParameters_IsRefused()
    {
        using var named = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var key = ECDsa.Create(named.ExportExplicitParameters(includePrivateParameters: true));
        AssertKeyRefused(new PublicKey(key), "explicit ECC parameters");
    }

    [Theory]
    [InlineData("1.3.6.1.5.5.7.3.1")]
    [InlineData("1.3.6.1.5.5.7.3.4")]
    public void Verify_WithAnotherUsage_IsRefused(string purpose) =>
        AssertRefused("does not verify", CertificateForge.Names(CertificateForge.GoodNames), CertificateForge.Usages(purpose));

    [Fact]
    public void Verify_OfAClientsCertificate_DoesNotVouchForItAsAServer()
    {
        byte[][] chain =
        [
            _forge.Leaf(CertificateForge.Names(CertificateForge.GoodNames), CertificateForge.Usages("1.3.6.1.5.5.7.3.2")),
            _forge.IssuerWithKey.RawData,
        ];
        Assert.Null(_context.Verify(chain, peerIsClient: true, out _));
        Assert.NotNull(_context.Verify(chain, peerIsClient: false, out _));
    }

    [Fact]
    public void Verify_Expired_IsRefused() =>
        AssertChainRefused("expired", _forge.LeafValid(Now.AddHours(-1), Now.AddMinutes(-5)), _forge.IssuerWithKey.RawData);

    [Fact]
    public void Verify_NotYetValid_IsRefused() =>
        AssertChainRefused("not yet valid", _forge.LeafValid(Now.AddMinutes(5), Now.AddHours(1)), _forge.IssuerWithKey.RawData);

    [Fact]
    public void Verify_SelfSigned_IsRefused() => AssertChainRefused("self-signed", CertificateForge.SelfSigned());

    [Fact]
    public void Verify_UnderAnUnknownRoot_IsRefused()
    {
        var other = new CertificateForge();
        var leaf = other.Leaf(CertificateForge.Names(CertificateForge.GoodNames), CertificateForge.BothUsages);
        AssertChainRefused("does not verify", leaf, other.IssuerWithKey.RawData);
        // Nor does it help to bring the root along.
        AssertChainRefused("self-signed certificate in certificate chain", leaf, other.IssuerWithKey.RawData, other.Anchor);
    }

    [Fact]
    public void Verify_WithoutItsIssuer_IsRefused() => AssertChainRefused(
        "unable to get local issuer", _forge.Leaf(CertificateForge.Names(CertificateForge.GoodNames), CertificateForge.BothUsages));

    [Fact]
    public void Verify_UnderAnIssuerBeyondThePathLength_IsRefused()
    {
        var deeper = CertificateForge.AuthorityUnder(_forge.IssuerWithKey, "deeper", pathLength: 0);
        AssertChainRefused("path length", CertificateForge.SignedBy(deeper), deeper.RawData, _forge.IssuerWithKey.RawData);
    }

    [Fact]
    public void Verify_SignedByAWorkload_IsRefused()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var der = _forge.Leaf(new PublicKey(key), CertificateForge.Names(CertificateForge.GoodNames), CertificateForge.BothUsages);
        using var bare = X509CertificateLoader.LoadCertificate(der);
        using var workload = bare.CopyWithPrivateKey(key);
        AssertChainRefused("invalid CA certificate", CertificateForge.SignedBy(workload), der, _forge.IssuerWithKey.RawData);
    }

    [Fact]
    public void Verify_OfAnAuthorityAsAWorkload_IsRefused() => AssertRefused(
        "is an authority's", CertificateForge.Names(CertificateForge.GoodNames), CertificateForge.BothUsages,
        new X509BasicConstraintsExtension(true, false, 0, true));

    [Fact]
    public void Verify_OfMutatedCertificates_NeverAcceptsAndNeverThrowsAnythingElse()
    {
        var random = new Random(11);
        var good = _forge.Leaf(CertificateForge.Names(CertificateForge.GoodNames), CertificateForge.BothUsages);
        for (var i = 0; i < 5000; i++)
        {
            var bad = good.ToArray();
            for (var changes = random.Next(1, 4); changes > 0; changes--)
            {
                bad[random.Next(bad.Length)] ^= (byte)random.Next(1, 256);
            }
            if (bad.AsSpan().SequenceEqual(good))
            {
                continue;
            }
            try
            {
                Assert.NotNull(_context.Verify([bad, _forge.IssuerWithKey.RawData], peerIsClient: true, out _));
            }
            catch (InvalidDataException)
            {
                // Not a certificate any more.
            }
        }
    }

    public void Dispose() => _context.Release();

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    private void AssertNamesRefused(string reason, params Action<AsnWriter>[] names) =>
        AssertRefused(reason, CertificateForge.Names(names), CertificateForge.BothUsages);

    private void AssertKeyRefused(PublicKey key, string reason = "not on the curve P-256") => AssertChainRefused(
        reason, _forge.Leaf(key, CertificateForge.Names(CertificateForge.GoodNames), CertificateForge.BothUsages),
        _forge.IssuerWithKey.RawData);

    private void AssertRefused(string reason, params X509Extension[] extensions) =>
        AssertChainRefused(reason, _forge.Leaf(extensions), _forge.IssuerWithKey.RawData);

    private void AssertChainRefused(string reason, params byte[][] chain)
    {
        var refusal = _context.Verify(chain, peerIsClient: true, out var peer);
        Assert.Null(peer);
        Assert.Contains(reason, refusal, StringComparison.Ordinal);
    }
}
