using System.Security.Cryptography;
using System.Text;
using Mesh.Interfaces.Identity;
using Mesh.Proxy.Enrolment;

namespace Mesh.Proxy.Certificates;

/// <summary>
/// Keeps certificates and keys over a restart of the proxy, so that it serves without a control plane: one PEM file per service account
/// (key, chain, then trust anchors), mode 0600, in a directory of mode 0700 that should be a tmpfs. What was issued under an anchor that is
/// not in <paramref name="anchorsPath"/> any more (the mesh was installed anew) is not taken up.
/// </summary>
internal sealed class CertificateFiles(string directory, string anchorsPath)
{
    private const string KeyLabel = "PRIVATE KEY";
    private const string CertificateLabel = "CERTIFICATE";
    private const string AnchorLabel = "TRUSTED CERTIFICATE";

    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Save(IssuedCertificate certificate)
    {
        Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var text = new StringBuilder();
        text.Append(PemEncoding.WriteString(KeyLabel, certificate.PrivateKey)).Append('\n');
        foreach (var der in certificate.Chain)
        {
            text.Append(PemEncoding.WriteString(CertificateLabel, der)).Append('\n');
        }
        foreach (var der in certificate.TrustAnchors)
        {
            text.Append(PemEncoding.WriteString(AnchorLabel, der)).Append('\n');
        }
        AtomicFile.Write(PathOf(certificate.Namespace, certificate.ServiceAccount), Encoding.ASCII.GetBytes(text.ToString()));
    }

    /// <returns>Null when there is none that is valid now.</returns>
    public IssuedCertificate? Load(WorkloadIdentity identity, DateTimeOffset now)
    {
        try
        {
            var text = File.ReadAllText(PathOf(identity.Namespace, identity.ServiceAccount)).AsSpan();
            byte[]? key = null;
            var chain = new List<byte[]>();
            var anchors = new List<byte[]>();
            while (PemEncoding.TryFind(text, out var fields))
            {
                var der = Convert.FromBase64String(text[fields.Base64Data].ToString());
                switch (text[fields.Label])
                {
                    case KeyLabel:
                        key = der;
                        break;
                    case CertificateLabel:
                        chain.Add(der);
                        break;
                    case AnchorLabel:
                        anchors.Add(der);
                        break;
                }
                text = text[fields.Location.End..];
            }
            if (key is null || chain.Count == 0 || anchors.Count == 0)
            {
                return null;
            }
            var kept = new IssuedCertificate(identity.Namespace, identity.ServiceAccount, key, chain, anchors, default, default);
            if (CurrentAnchors() is { } current)
            {
                CertificateOrder.Verify(kept with { TrustAnchors = current }, identity, now);
            }
            return CertificateOrder.Verify(kept, identity, now);
        }
        catch (Exception absent) when (absent is IOException or UnauthorizedAccessException or FormatException or CertificateException)
        {
            // A new one is asked for; whatever is wrong with the old one is gone with it.
            return null;
        }
    }

    /// <summary>Forgets a service account that has no pod on this node any more.</summary>
    public void Delete(string ns, string serviceAccount) => File.Delete(PathOf(ns, serviceAccount));

    // Null when there is no such file: then nothing contradicts what was kept.
    private List<byte[]>? CurrentAnchors()
    {
        if (!File.Exists(anchorsPath))
        {
            return null;
        }
        var text = File.ReadAllText(anchorsPath).AsSpan();
        var anchors = new List<byte[]>();
        while (PemEncoding.TryFind(text, out var fields))
        {
            anchors.Add(Convert.FromBase64String(text[fields.Base64Data].ToString()));
            text = text[fields.Location.End..];
        }
        return anchors;
    }

    // Neither a namespace nor a service account can contain an underscore.
    private string PathOf(string ns, string serviceAccount) => Path.Combine(directory, $"{ns}_{serviceAccount}.pem");
}
