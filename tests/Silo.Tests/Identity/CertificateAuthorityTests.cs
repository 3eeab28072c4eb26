using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mesh.Interfaces.Identity;
using Mesh.Silo.Identity;
using Mesh.Testing;

namespace Mesh.Silo.Tests.Identity;

public sealed class CertificateAuthorityTests
{
    private static readonly WorkloadIdentity Bb = new("bb", "mc-demo", "cluster.local");

    [Fact]
    public void TryIssue_ValidRequest_HasTheNamesAskedOfUsAndNotThoseOfTheRequest()
    {
        using var pki = new Pki();
        using var leaf = pki.Issue(Bb);
        Assert.Equal("", leaf.Subject);
        Assert.True(AlternativeNames.TryRead(leaf, out var identity, out var reason), reason);
        Assert.Equal(Bb, identity);
        Assert.Equal(
            ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"],
            leaf.Extensions.OfType<X509EnhancedKeyUsageExtension>().Single().EnhancedKeyUsages.Cast<Oid>().Select(o => o.Value));
        Assert.False(leaf.Extensions.OfType<X509BasicConstraintsExtension>().Single().CertificateAuthority);
        Assert.True(pki.Verifier.VerifyClient(leaf, null).Reason is { } withoutIssuer && withoutIssuer.Contains("no valid chain"));
        Assert.Equal(Bb, pki.Verifier.VerifyClient(leaf, [pki.Issuer]).Identity);
        Assert.True(pki.Verifier.VerifyServer(leaf, [pki.Issuer]).Verified);
    }

    [Fact]
    public void TryIssue_LongIdentity_IsIssued()
    {
        using var pki = new Pki();
        var identity = new WorkloadIdentity(new string('a', 63), new string('b', 63), "cluster.local");
        using var leaf = pki.Issue(identity);
        Assert.Equal(identity, pki.Verifier.VerifyClient(leaf, [pki.Issuer]).Identity);
    }

    [Fact]
    public void TryIssue_Always_LivesADayWithSkewAndNeverLongerThanTheIssuer()
    {
        var time = new ManualTimeProvider();
        using var pki = new Pki(time, TimeSpan.FromHours(30));
        using var first = pki.Issue(Bb);
        Assert.Equal(pki.Now.AddSeconds(-20).UtcDateTime, first.NotBefore.ToUniversalTime());
        Assert.Equal(pki.Now.AddHours(24).UtcDateTime, first.NotAfter.ToUniversalTime());
        time.Advance(TimeSpan.FromHours(20));
        using var second = pki.Issue(Bb);
        Assert.Equal(pki.Issuer.NotAfter, second.NotAfter);
        time.Advance(TimeSpan.FromHours(11));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Assert.False(pki.Authority.TryIssue(Pki.Request(key), Bb, out _, out var error));
        Assert.Contains("issuer certificate ended", error, StringComparison.Ordinal);
    }

    [Fact]
    public void TryIssue_OtherCurve_IsRefused()
    {
        using var pki = new Pki();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        Assert.False(pki.Authority.TryIssue(Pki.Request(key), Bb, out _, out var error));
        Assert.Contains("P-256", error, StringComparison.Ordinal);
    }

    [Fact]
    public void TryIssue_RsaKey_IsRefused()
    {
        using var pki = new Pki();
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=x", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSigningRequest();
        Assert.False(pki.Authority.TryIssue(request, Bb, out _, out var error));
        Assert.Contains("P-256", error, StringComparison.Ordinal);
    }

    [Fact]
    public void TryIssue_AnyByteChanged_IsRefused()
    {
        using var pki = new Pki();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = Pki.Request(key);
        for (var i = 0; i < request.Length; i++)
        {
            var changed = (byte[])request.Clone();
            changed[i] ^= 1;
            Assert.False(pki.Authority.TryIssue(changed, Bb, out _, out var error), $"Byte {i} changed and a certificate was issued.");
            Assert.NotEmpty(error!);
        }
    }

    [Fact]
    public void TryIssue_CutOrExtendedRequest_IsRefused()
    {
        using var pki = new Pki();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = Pki.Request(key);
        for (var length = 0; length < request.Length; length++)
        {
            Assert.False(pki.Authority.TryIssue(request[..length], Bb, out _, out _));
        }
        Assert.False(pki.Authority.TryIssue([.. request, 0], Bb, out _, out _));
        Assert.False(pki.Authority.TryIssue(new byte[1_000_000], Bb, out _, out _));
    }
}
