using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mesh.Interfaces.Identity;
using Mesh.Proxy.DataPlane;

namespace Mesh.Proxy.Tests.DataPlane;

/// <summary>A trust anchor that issues what the tests need, odd certificates included.</summary>
internal sealed class TestAuthority
{
    private static readonly DateTimeOffset From = TimeProvider.System.GetUtcNow().AddHours(-1);
    private static readonly DateTimeOffset Until = TimeProvider.System.GetUtcNow().AddDays(1);
    private readonly X509Certificate2 _anchor;

    public TestAuthority(string name = "root.linkerd.cluster.local")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        _anchor = request.CreateSelfSigned(From, Until);
    }

    public ReadOnlyMemory<byte> Anchor => _anchor.RawData;

    /// <summary>The two names a workload's certificate has.</summary>
    public static Action<SubjectAlternativeNameBuilder> NamesOf(string ns, string serviceAccount, string trustDomain = "cluster.local")
    {
        var identity = new WorkloadIdentity(serviceAccount, ns, trustDomain);
        return names =>
        {
            names.AddDnsName(identity.DnsName);
            names.AddUri(new Uri(identity.SpiffeId));
        };
    }

    public WorkloadCertificate Issue(string ns, string serviceAccount, string trustDomain = "cluster.local") =>
        Issue(ns, serviceAccount, NamesOf(ns, serviceAccount, trustDomain));

    public WorkloadCertificate Issue(
        string ns, string serviceAccount, Action<SubjectAlternativeNameBuilder>? names, DateTimeOffset? until = null)
    {
        var (certificate, key) = IssueRaw(names, until);
        using (key)
        {
            return new WorkloadCertificate(ns, serviceAccount, [certificate.RawData], key.ExportPkcs8PrivateKey(), [Anchor]);
        }
    }

    public (X509Certificate2 Certificate, ECDsa Key) IssueRaw(Action<SubjectAlternativeNameBuilder>? names, DateTimeOffset? until = null)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=workload", key, HashAlgorithmName.SHA256);
        if (names is not null)
        {
            var builder = new SubjectAlternativeNameBuilder();
            names(builder);
            request.CertificateExtensions.Add(builder.Build());
        }
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(
            [new Oid("1.3.6.1.5.5.7.3.1"), new Oid("1.3.6.1.5.5.7.3.2")], false));
        return (Sign(request, From, until ?? Until.AddHours(-1)), key);
    }

    /// <summary>Signs whatever is asked for.</summary>
    public X509Certificate2 Sign(CertificateRequest request, DateTimeOffset from, DateTimeOffset until)
    {
        Span<byte> serial = stackalloc byte[8];
        Random.Shared.NextBytes(serial);
        serial[0] &= 0x7F;
        var generator = X509SignatureGenerator.CreateForECDsa(_anchor.GetECDsaPrivateKey()!);
        return request.Create(_anchor.SubjectName, generator, from, until, serial);
    }
}
