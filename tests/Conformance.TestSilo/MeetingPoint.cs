using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Mesh.Conformance.TestSilo;

/// <summary>What the silos of one test share, in this process and in others: a folder with their issuer and with what their engine needs.</summary>
public sealed class MeetingPoint(string folder) : IDisposable
{
    /// <summary>The folder's path.</summary>
    public string Folder => folder;

    /// <summary>The issuer's certificate, PEM.</summary>
    public string IssuerCertificate => Path.Combine(folder, "tls.crt");

    /// <summary>The issuer's key, PEM.</summary>
    public string IssuerKey => Path.Combine(folder, "tls.key");

    /// <summary>The anchor, PEM.</summary>
    public string Anchors => Path.Combine(folder, "ca-bundle.crt");

    /// <summary>A new one, with an anchor and an issuer of its own.</summary>
    public static MeetingPoint Create()
    {
        var meeting = new MeetingPoint(Directory.CreateTempSubdirectory("mesh-conformance-").FullName);
        using var anchorKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var anchorRequest = new CertificateRequest("CN=anchor", anchorKey, HashAlgorithmName.SHA256);
        AddCa(anchorRequest);
        var now = TimeProvider.System.GetUtcNow();
        using var anchor = anchorRequest.CreateSelfSigned(now.AddHours(-1), now.AddDays(1));
        using var issuerKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var issuerRequest = new CertificateRequest("CN=identity.linkerd.cluster.local", issuerKey, HashAlgorithmName.SHA256);
        AddCa(issuerRequest);
        using var issuer = issuerRequest.Create(anchor, now.AddMinutes(-5), now.AddHours(1), RandomNumberGenerator.GetBytes(8));
        File.WriteAllText(meeting.IssuerCertificate, issuer.ExportCertificatePem());
        File.WriteAllText(meeting.IssuerKey, issuerKey.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(meeting.Anchors, anchor.ExportCertificatePem());
        return meeting;
    }

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static void AddCa(CertificateRequest request)
    {
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
    }
}
