using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mesh.Silo.Configuration;

namespace Mesh.Silo.Identity;

/// <summary>
/// The silo's own certificate, issued by itself: what node proxies and other silos see. Connections take the one that is current when
/// they are made; it is replaced by <see cref="Renew"/>.
/// </summary>
internal sealed class SiloCertificate
{
    // DESIGN: renewed at 70 % of life, and not by all silos at once.
    private const double RenewAt = 0.7;
    private const double Jitter = 0.05;

    private readonly CertificateAuthority _authority;
    private readonly SiloOptions _options;
    private volatile Issued _current;

    /// <exception cref="IssuerException">The issuer cannot issue.</exception>
    public SiloCertificate(CertificateAuthority authority, SiloOptions options)
    {
        _authority = authority;
        _options = options;
        _current = Issue();
    }

    /// <summary>The leaf with its private key.</summary>
    public X509Certificate2 Certificate => _current.Leaf;

    /// <summary>The leaf and what a peer needs to build its chain.</summary>
    public SslStreamCertificateContext Context => _current.Context;

    /// <summary>When it should be replaced.</summary>
    public DateTimeOffset RenewalTime => _current.RenewalTime;

    /// <summary>Makes a new key and certificate and uses it from now on. Connections that are open keep theirs.</summary>
    /// <exception cref="IssuerException">The issuer cannot issue; what was in use still is.</exception>
    public void Renew() => _current = Issue();

    private Issued Issue()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(new X500DistinguishedName(""), key, HashAlgorithmName.SHA256).CreateSigningRequest();
        if (!_authority.TryIssue(request, _options.SiloIdentity, out var issued, out var error))
        {
            throw new IssuerException($"The silo cannot issue its own certificate. {error}");
        }
        using var bare = X509CertificateLoader.LoadCertificate(issued.Chain[0]);
        var leaf = bare.CopyWithPrivateKey(key);
        X509Certificate2Collection rest = [.. issued.Chain.Skip(1).Select(X509CertificateLoader.LoadCertificate)];
        var life = issued.NotAfter - issued.NotBefore;
        return new Issued(
            leaf,
            SslStreamCertificateContext.Create(leaf, rest, offline: true),
            issued.NotBefore + (life * (RenewAt + (Jitter * Random.Shared.NextDouble()))));
    }

    private sealed record Issued(X509Certificate2 Leaf, SslStreamCertificateContext Context, DateTimeOffset RenewalTime);
}
