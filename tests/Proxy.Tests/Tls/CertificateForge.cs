using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Mesh.Interfaces.Identity;
using Mesh.Proxy.DataPlane;

namespace Mesh.Proxy.Tests.Tls;

/// <summary>A trust anchor with an issuer under it, and any certificate an attacker might wish for.</summary>
internal sealed class CertificateForge
{
    public const string DnsName = "slow-cooker.mc-demo.serviceaccount.identity.linkerd.cluster.local";
    public const string SpiffeId = "spiffe://cluster.local/ns/mc-demo/sa/slow-cooker";
    private static readonly DateTimeOffset From = TimeProvider.System.GetUtcNow().AddHours(-1);
    private static readonly DateTimeOffset Until = TimeProvider.System.GetUtcNow().AddDays(1);
    private readonly X509Certificate2 _anchor;
    private readonly X509Certificate2 _issuer;

    public CertificateForge()
    {
        _anchor = Authority("root", key => null, pathLength: null);
        _issuer = AuthorityUnder(_anchor, "issuer", pathLength: 0);
    }

    private CertificateForge(X509Certificate2 anchor)
    {
        _anchor = anchor;
        _issuer = AuthorityUnder(anchor, "next issuer", pathLength: 0);
    }

    public byte[] Anchor => _anchor.RawData;

    public X509Certificate2 AnchorWithKey => _anchor;

    public X509Certificate2 IssuerWithKey => _issuer;

    /// <summary>A subject alternative name of any kind: 1 mail, 2 DNS, 6 URI, 7 IP.</summary>
    public static Action<AsnWriter> Name(int kind, string text) =>
        writer => writer.WriteOctetString(Encoding.Latin1.GetBytes(text), new Asn1Tag(TagClass.ContextSpecific, kind));

    /// <summary>An otherName (RFC 5280 section 4.2.1.6) with a UTF8String.</summary>
    public static Action<AsnWriter> OtherName(string text) => writer =>
    {
        using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
        {
            writer.WriteObjectIdentifier("1.3.6.1.4.1.311.20.2.3");
            using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
            {
                writer.WriteCharacterString(UniversalTagNumber.UTF8String, text);
            }
        }
    };

    public static Action<AsnWriter>[] GoodNames => [Name(2, DnsName), Name(6, SpiffeId)];

    public static X509Extension Names(params Action<AsnWriter>[] names)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            Array.ForEach(names, name => name(writer));
        }
        return new X509Extension("2.5.29.17", writer.Encode(), critical: false);
    }

    public static X509Extension Usages(params string[] purposes)
    {
        var oids = new OidCollection();
        Array.ForEach(purposes, purpose => oids.Add(new Oid(purpose)));
        return new X509EnhancedKeyUsageExtension(oids, critical: true);
    }

    public static X509Extension BothUsages => Usages("1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2");

    /// <summary>Another issuer under the same anchor.</summary>
    public CertificateForge WithNextIssuer() => new(_anchor);

    /// <summary>A good certificate.</summary>
    public WorkloadCertificate Issue(string ns, string serviceAccount)
    {
        var identity = new WorkloadIdentity(serviceAccount, ns, "cluster.local");
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var leaf = Leaf(new PublicKey(key), Names(Name(2, identity.DnsName), Name(6, identity.SpiffeId)), BothUsages);
        return new WorkloadCertificate(ns, serviceAccount, [leaf, _issuer.RawData], key.ExportPkcs8PrivateKey(), [Anchor]);
    }

    public byte[] Leaf(params X509Extension[] extensions)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Leaf(new PublicKey(key), extensions);
    }

    public byte[] Leaf(PublicKey key, params X509Extension[] extensions) => Sign(_issuer, key, From, Until.AddHours(-2), extensions);

    public byte[] LeafValid(DateTimeOffset from, DateTimeOffset until)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Sign(_issuer, new PublicKey(key), from, until, Names(GoodNames), BothUsages);
    }

    public static byte[] SignedBy(X509Certificate2 issuer)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Sign(issuer, new PublicKey(key), From, Until.AddHours(-3), Names(GoodNames), BothUsages);
    }

    public static byte[] SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=self", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(Names(GoodNames));
        request.CertificateExtensions.Add(BothUsages);
        return request.CreateSelfSigned(From, Until).RawData;
    }

    public static X509Certificate2 AuthorityUnder(X509Certificate2 parent, string name, int? pathLength) =>
        Authority(name, _ => parent, pathLength);

    private static X509Certificate2 Authority(string name, Func<ECDsa, X509Certificate2?> parent, int? pathLength)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name} {Guid.NewGuid():N}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, pathLength is not null, pathLength ?? 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        if (parent(key) is not { } above)
        {
            return request.CreateSelfSigned(From, Until);
        }
        using var bare = request.Create(above, From, Until.AddHours(-1), RandomNumberGenerator.GetBytes(12));
        return bare.CopyWithPrivateKey(key);
    }

    private static byte[] Sign(
        X509Certificate2 issuer, PublicKey key, DateTimeOffset from, DateTimeOffset until, params X509Extension[] extensions)
    {
        var request = new CertificateRequest(new X500DistinguishedName($"CN=odd {Guid.NewGuid():N}"), key, HashAlgorithmName.SHA256);
        Array.ForEach(extensions, request.CertificateExtensions.Add);
        using var signingKey = issuer.GetECDsaPrivateKey()!;
        return request.Create(
            issuer.SubjectName, X509SignatureGenerator.CreateForECDsa(signingKey), from, until, RandomNumberGenerator.GetBytes(12)).RawData;
    }
}
