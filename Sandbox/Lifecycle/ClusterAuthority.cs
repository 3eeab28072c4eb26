using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mesh.Sandbox.Network;

namespace Mesh.Sandbox.Lifecycle;

/// <summary>A cluster's certificate authority and what it signs: the API server's certificate and those of its clients.</summary>
internal sealed class ClusterAuthority : IDisposable
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(365);
    private readonly X509Certificate2 _certificate;
    private readonly string _directory;

    private ClusterAuthority(X509Certificate2 certificate, string directory)
    {
        _certificate = certificate;
        _directory = directory;
    }

    /// <summary>Makes a new authority and writes every file of the cluster's pki directory, private keys readable by root only.</summary>
    public static void Create(ClusterPlan cluster, TimeProvider time)
    {
        Directory.CreateDirectory(cluster.PkiDirectory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN=mesh-sandbox-{cluster.Name}-ca", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        var now = time.GetUtcNow();
        using var authority = new ClusterAuthority(
            request.CreateSelfSigned(now.AddHours(-1), now.Add(Lifetime)), cluster.PkiDirectory);
        authority.Write("ca", authority._certificate, key);
        authority.IssueServer(cluster);
        authority.IssueClient("admin", "CN=kubernetes-admin, O=system:masters");
        authority.IssueClient("dns", "CN=system:dns, O=system:masters");
        foreach (var node in cluster.Nodes)
        {
            authority.IssueClient(node.Name, $"CN=system:node:{node.Name}, O=system:nodes");
        }
        using var tokenKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        authority.WriteSecret("sa.key", tokenKey.ExportPkcs8PrivateKeyPem());
    }

    public void Dispose() => _certificate.Dispose();

    private void IssueServer(ClusterPlan cluster)
    {
        var names = new SubjectAlternativeNameBuilder();
        foreach (var name in new[]
        {
            "localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local",
            cluster.ControlPlane,
        })
        {
            names.AddDnsName(name);
        }
        names.AddIpAddress(IPAddress.Loopback);
        names.AddIpAddress(cluster.ApiServiceAddress);
        names.AddIpAddress(cluster.ControlPlaneAddress);
        Issue("apiserver", "CN=kube-apiserver", "1.3.6.1.5.5.7.3.1", names.Build());
    }

    private void IssueClient(string name, string subject) => Issue(name, subject, "1.3.6.1.5.5.7.3.2", null);

    private void Issue(string name, string subject, string usage, X509Extension? alternativeNames)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_certificate, true, false));
        if (alternativeNames is not null)
        {
            request.CertificateExtensions.Add(alternativeNames);
        }
        using var certificate = request.Create(
            _certificate, _certificate.NotBefore, _certificate.NotAfter, RandomNumberGenerator.GetBytes(12));
        Write(name, certificate, key);
    }

    private void Write(string name, X509Certificate2 certificate, ECDsa key)
    {
        File.WriteAllText(Path.Combine(_directory, name + ".crt"), certificate.ExportCertificatePem() + "\n");
        WriteSecret(name + ".key", key.ExportPkcs8PrivateKeyPem());
    }

    private void WriteSecret(string file, string pem)
    {
        var path = Path.Combine(_directory, file);
        using var stream = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        using var writer = new StreamWriter(stream);
        writer.Write(pem);
        writer.Write('\n');
    }
}
