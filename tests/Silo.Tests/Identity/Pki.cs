using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mesh.Interfaces.Identity;
using Mesh.Silo.Configuration;
using Mesh.Silo.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics;

namespace Mesh.Silo.Tests.Identity;

/// <summary>An anchor, an issuer and the files they are read from, in a directory of its own.</summary>
internal sealed class Pki : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("mesh-silo-tests-");
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();

    public Pki(TimeProvider? time = null, TimeSpan? issuerLifetime = null)
    {
        Time = time ?? TimeProvider.System;
        Now = Time.GetUtcNow();
        Anchor = MakeAnchor("anchor", Now);
        Issuer = MakeIssuer(Anchor, Now, issuerLifetime ?? TimeSpan.FromDays(90));
        Options = new SiloOptions
        {
            ClusterName = "east",
            PodIp = "127.0.0.1",
            PodName = "mesh-silo-0",
            IssuerCertificatePath = Path.Combine(_directory.FullName, "tls.crt"),
            IssuerKeyPath = Path.Combine(_directory.FullName, "tls.key"),
            TrustAnchorsPath = Path.Combine(_directory.FullName, "ca-bundle.crt"),
            SiloPort = 0,
            NodeSessionPort = 0,
            VizPort = 0,
            HealthPort = 0,
        };
        Write(Issuer, Anchor);
        Store = new IssuerStore(Options, Time);
        Authority = new CertificateAuthority(
            Store, Time, new IdentityMetrics(_services.GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>(), Store));
        Verifier = new PeerVerifier(Store, Time);
    }

    public TimeProvider Time { get; }

    public DateTimeOffset Now { get; }

    public X509Certificate2 Anchor { get; }

    public X509Certificate2 Issuer { get; }

    public SiloOptions Options { get; }

    public IssuerStore Store { get; }

    public CertificateAuthority Authority { get; }

    public PeerVerifier Verifier { get; }

    public static X509Certificate2 MakeAnchor(string name, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        AddCa(request);
        return request.CreateSelfSigned(now.AddHours(-1), now.AddYears(1));
    }

    public static X509Certificate2 MakeIssuer(X509Certificate2 anchor, DateTimeOffset now, TimeSpan lifetime)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=identity.linkerd.cluster.local", key, HashAlgorithmName.SHA256);
        AddCa(request);
        using var bare = request.Create(anchor, now.AddMinutes(-5), now + lifetime, RandomNumberGenerator.GetBytes(8));
        return bare.CopyWithPrivateKey(key);
    }

    public void Write(X509Certificate2 issuer, X509Certificate2 anchor)
    {
        File.WriteAllText(Options.IssuerCertificatePath, issuer.ExportCertificatePem());
        using var key = issuer.GetECDsaPrivateKey()!;
        File.WriteAllText(Options.IssuerKeyPath, key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(Options.TrustAnchorsPath, anchor.ExportCertificatePem());
    }

    /// <summary>A leaf with whatever names, under our issuer or another one.</summary>
    public X509Certificate2 Leaf(
        Action<SubjectAlternativeNameBuilder> names, X509Certificate2? issuer = null, DateTimeOffset? notAfter = null, string? usage = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=leaf", key, HashAlgorithmName.SHA256);
        var builder = new SubjectAlternativeNameBuilder();
        names(builder);
        request.CertificateExtensions.Add(builder.Build());
        if (usage is not null)
        {
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], false));
        }
        // By name and generator, since the other overload does not let a leaf issue.
        using var issuerKey = (issuer ?? Issuer).GetECDsaPrivateKey()!;
        using var bare = request.Create(
            (issuer ?? Issuer).SubjectName, X509SignatureGenerator.CreateForECDsa(issuerKey), Now.AddMinutes(-4), notAfter ?? Now.AddHours(1),
            RandomNumberGenerator.GetBytes(8));
        return bare.CopyWithPrivateKey(key);
    }

    /// <summary>A leaf as the authority issues it, with its key.</summary>
    public X509Certificate2 Issue(WorkloadIdentity identity)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Assert.True(Authority.TryIssue(Request(key), identity, out var issued, out var error), error);
        using var bare = X509CertificateLoader.LoadCertificate(issued.Chain[0]);
        return bare.CopyWithPrivateKey(key);
    }

    public static byte[] Request(ECDsa key, string subject = "CN=somebody else") =>
        new CertificateRequest(subject, key, HashAlgorithmName.SHA256).CreateSigningRequest();

    public void Dispose()
    {
        _services.Dispose();
        _directory.Delete(true);
    }

    private static void AddCa(CertificateRequest request)
    {
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
    }
}
