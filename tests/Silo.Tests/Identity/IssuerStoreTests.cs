using Mesh.Silo.Identity;
using Mesh.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mesh.Silo.Tests.Identity;

public sealed class IssuerStoreTests : IDisposable
{
    private readonly ManualTimeProvider _time = new();
    private readonly Pki _pki;

    public IssuerStoreTests() => _pki = new Pki(_time);

    public void Dispose() => _pki.Dispose();

    [Fact]
    public void Reload_FilesChanged_NewIssuerIsUsed()
    {
        Assert.False(_pki.Store.Reload());
        var issuer = Pki.MakeIssuer(_pki.Anchor, _pki.Now, TimeSpan.FromDays(10));
        _pki.Write(issuer, _pki.Anchor);
        Assert.True(_pki.Store.Reload());
        Assert.Equal(issuer.Thumbprint, _pki.Store.Current.Issuer.Thumbprint);
    }

    [Fact]
    public void Reload_IssuerOfAnotherAnchor_OldOneStays()
    {
        var stranger = Pki.MakeAnchor("stranger", _pki.Now);
        _pki.Write(Pki.MakeIssuer(stranger, _pki.Now, TimeSpan.FromDays(10)), _pki.Anchor);
        var error = Assert.Throws<IssuerException>(() => _pki.Store.Reload());
        Assert.Contains("not under any of the trust anchors", error.Message, StringComparison.Ordinal);
        Assert.Equal(_pki.Issuer.Thumbprint, _pki.Store.Current.Issuer.Thumbprint);
    }

    [Theory]
    [InlineData("tls.crt", "nonsense", "no certificate")]
    [InlineData("tls.key", "nonsense", "private key")]
    [InlineData("ca-bundle.crt", "", "no certificate")]
    public void Construct_BadFile_SaysWhichAndWhy(string file, string content, string because)
    {
        File.WriteAllText(Path.Combine(Path.GetDirectoryName(_pki.Options.IssuerKeyPath)!, file), content);
        var error = Assert.Throws<IssuerException>(() => new IssuerStore(_pki.Options, _time));
        Assert.Contains(because, error.Message, StringComparison.Ordinal);
        Assert.Contains(file, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Construct_KeyOfAnotherCertificate_IsRefused()
    {
        using var other = Pki.MakeIssuer(_pki.Anchor, _pki.Now, TimeSpan.FromDays(1));
        File.WriteAllText(_pki.Options.IssuerCertificatePath, other.ExportCertificatePem());
        Assert.Contains("belongs to tls.crt", Assert.Throws<IssuerException>(() => new IssuerStore(_pki.Options, _time)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Construct_LeafAsIssuer_IsRefused()
    {
        var leaf = _pki.Leaf(n => n.AddDnsName("x"));
        _pki.Write(leaf, _pki.Anchor);
        Assert.Contains("no CA certificate", Assert.Throws<IssuerException>(() => new IssuerStore(_pki.Options, _time)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tend_SeventyPercentOfLife_SiloCertificateIsRenewed()
    {
        var certificate = new SiloCertificate(_pki.Authority, _pki.Options);
        var upkeep = new IdentityUpkeep(_pki.Store, certificate, _pki.Options, _time, NullLogger<IdentityUpkeep>.Instance);
        var first = certificate.Certificate.Thumbprint;
        _time.Advance(TimeSpan.FromHours(24 * 0.69));
        upkeep.Tend();
        Assert.Equal(first, certificate.Certificate.Thumbprint);
        _time.Advance(TimeSpan.FromHours(24 * 0.07));
        upkeep.Tend();
        Assert.NotEqual(first, certificate.Certificate.Thumbprint);
        Assert.Equal(_pki.Options.SiloIdentity, _pki.Verifier.VerifyServer(certificate.Certificate, [_pki.Issuer]).Identity);
    }

    [Fact]
    public void Tend_IssuerGarbage_KeepsEverything()
    {
        var certificate = new SiloCertificate(_pki.Authority, _pki.Options);
        var upkeep = new IdentityUpkeep(_pki.Store, certificate, _pki.Options, _time, NullLogger<IdentityUpkeep>.Instance);
        File.WriteAllText(_pki.Options.IssuerCertificatePath, "garbage");
        upkeep.Tend();
        Assert.Equal(_pki.Issuer.Thumbprint, _pki.Store.Current.Issuer.Thumbprint);
        Assert.Equal(_pki.Options.SiloIdentity, _pki.Verifier.VerifyServer(certificate.Certificate, [_pki.Issuer]).Identity);
    }
}
