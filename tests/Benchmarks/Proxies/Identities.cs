using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mesh.Interfaces.Identity;
using Mesh.Proxy.DataPlane;

namespace Mesh.Benchmarks.Proxies;

/// <summary>
/// The certificates of the two sides of every chain, ours and the peers', as PEM files in one folder: <c>ca.crt</c>, and for
/// <c>client</c> and <c>server</c> a <c>.crt</c>, a <c>.key</c> and both in one <c>.pem</c>. ECDSA P-256, issued by the one CA directly.
/// </summary>
internal sealed class Identities(string directory)
{
    public const string Client = "client";
    public const string Server = "server";
    private const string Namespace = "bench";

    public string Authority => Path.Combine(directory, "ca.crt");

    /// <summary>What a certificate says in its SAN, as the mesh wants it, and in its CN, which the peers can check.</summary>
    public static string NameOf(string role) => Of(role).DnsName;

    public string Certificate(string role) => Path.Combine(directory, $"{role}.crt");

    public string Key(string role) => Path.Combine(directory, $"{role}.key");

    public string CertificateAndKey(string role) => Path.Combine(directory, $"{role}.pem");

    /// <summary>Makes a CA, whose key is not kept, and issues both certificates for one day.</summary>
    public static Identities Issue(string directory)
    {
        Directory.CreateDirectory(directory);
        var identities = new Identities(directory);
        var from = TimeProvider.System.GetUtcNow().AddHours(-1);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=bench", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        using var authority = request.CreateSelfSigned(from, from.AddDays(1));
        File.WriteAllText(identities.Authority, authority.ExportCertificatePem() + "\n");
        identities.Issue(Client, authority);
        identities.Issue(Server, authority);
        return identities;
    }

    /// <summary>The same for the engine.</summary>
    public WorkloadCertificate Load(string role)
    {
        using var certificate = X509CertificateLoader.LoadCertificateFromFile(Certificate(role));
        using var authority = X509CertificateLoader.LoadCertificateFromFile(Authority);
        using var key = ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(Key(role)));
        return new WorkloadCertificate(Namespace, role, [certificate.RawData], key.ExportPkcs8PrivateKey(), [authority.RawData]);
    }

    private static WorkloadIdentity Of(string role) => new(role, Namespace, "cluster.local");

    private void Issue(string role, X509Certificate2 authority)
    {
        var identity = Of(role);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={identity.DnsName}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(identity.DnsName);
        names.AddUri(new Uri(identity.SpiffeId));
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(
            [new Oid("1.3.6.1.5.5.7.3.1"), new Oid("1.3.6.1.5.5.7.3.2")], false));
        using var certificate = request.Create(authority, authority.NotBefore, authority.NotAfter, [1, (byte)role.Length, (byte)role[0]]);
        var pem = certificate.ExportCertificatePem() + "\n";
        var secret = key.ExportPkcs8PrivateKeyPem() + "\n";
        File.WriteAllText(Certificate(role), pem);
        File.WriteAllText(Key(role), secret);
        File.WriteAllText(CertificateAndKey(role), pem + secret);
    }
}
