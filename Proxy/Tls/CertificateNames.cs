using System.Text;
using Mesh.Interfaces.Identity;

namespace Mesh.Proxy.Tls;

/// <summary>Reads who a certificate is for.</summary>
internal static unsafe class CertificateNames
{
    /// <summary>
    /// The identity of a certificate that names exactly one DNS name and one URI, which are the two forms of one identity, and nothing
    /// else. Anything odder is refused rather than interpreted: a certificate with two names could be two workloads.
    /// </summary>
    /// <param name="certificate">An X509 that stays alive during the call; not null.</param>
    /// <param name="identity">Who it is.</param>
    /// <returns>Null, or why the certificate is refused.</returns>
    public static string? Read(nint certificate, out WorkloadIdentity identity)
    {
        identity = default;
        var names = OpenSsl.X509_get_ext_d2i(certificate, OpenSsl.SubjectAlternativeName, null, null);
        if (names == 0)
        {
            OpenSsl.ERR_clear_error();
            return "the certificate has no subject alternative names, or has them twice";
        }
        try
        {
            var count = OpenSsl.OPENSSL_sk_num(names);
            if (count != 2)
            {
                return $"the certificate has {count} names; a workload's has one DNS name and one URI";
            }
            string? dns = null;
            string? uri = null;
            for (var i = 0; i < count; i++)
            {
                int type;
                var value = OpenSsl.GENERAL_NAME_get0_value(OpenSsl.OPENSSL_sk_value(names, i), &type);
                if (type is not (OpenSsl.GeneralNameDns or OpenSsl.GeneralNameUri))
                {
                    return "the certificate has a name that is neither a DNS name nor a URI";
                }
                var bytes = new ReadOnlySpan<byte>(OpenSsl.ASN1_STRING_get0_data(value), OpenSsl.ASN1_STRING_length(value));
                if (bytes.Length > 1024 || bytes.ContainsAnyExceptInRange((byte)0x21, (byte)0x7E))
                {
                    return "the certificate has a name with characters that no identity has";
                }
                if (type == OpenSsl.GeneralNameDns)
                {
                    dns = Encoding.ASCII.GetString(bytes);
                }
                else
                {
                    uri = Encoding.ASCII.GetString(bytes);
                }
            }
            if (!WorkloadIdentity.TryParseDnsName(dns, out identity) || !WorkloadIdentity.TryParseSpiffeId(uri, out var spiffe))
            {
                return $"the certificate's names ({dns ?? "no DNS name"}, {uri ?? "no URI"}) are not a workload's";
            }
            return identity == spiffe ? null : $"the certificate's names disagree ({dns}, {uri})";
        }
        finally
        {
            OpenSsl.GENERAL_NAMES_free(names);
        }
    }
}
