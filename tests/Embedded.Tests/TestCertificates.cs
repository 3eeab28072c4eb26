using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Orleans.Embedded.Hosting;

namespace Mesh.Embedded.Tests;

/// <summary>A silo's certificate and the anchor that all silos trust.</summary>
public sealed class TestCertificates(X509Certificate2 certificate, X509Certificate2 anchor)
{
    /// <summary>The name a certificate must have to be a silo's.</summary>
    public const string SiloName = "silo.test";

    private readonly SslStreamCertificateContext _context = SslStreamCertificateContext.Create(certificate, null, offline: true);

    public X509Certificate2 Certificate => certificate;

    public X509Certificate2 Anchor => anchor;

    public static X509Certificate2 CreateAnchor()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=anchor", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(DateTimeOffset.UnixEpoch, new DateTimeOffset(2100, 1, 1, 0, 0, 0, TimeSpan.Zero));
    }

    public static TestCertificates Create(X509Certificate2 anchor, string dnsName = SiloName)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=" + dnsName, key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(dnsName);
        request.CertificateExtensions.Add(names.Build());
        using var issued = request.Create(
            anchor, new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2099, 1, 1, 0, 0, 0, TimeSpan.Zero),
            RandomNumberGenerator.GetBytes(8));
        using var withKey = issued.CopyWithPrivateKey(key);
        // SslStream on some systems wants a certificate that was loaded, not one that was put together.
        return new TestCertificates(X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pkcs12), null), anchor);
    }

    public EmbeddedTlsOptions Tls() => new() { Certificate = () => _context, Validate = IsSilo };

    private bool IsSilo(object sender, X509Certificate? other, X509Chain? chain, SslPolicyErrors errors)
    {
        using var check = new X509Chain();
        check.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        check.ChainPolicy.CustomTrustStore.Add(anchor);
        check.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return other is X509Certificate2 presented && check.Build(presented)
            && presented.GetNameInfo(X509NameType.DnsName, forIssuer: false) == SiloName;
    }
}
