namespace Mesh.Interfaces.Identity;

/// <summary>
/// Who a workload is: its service account, that account's namespace, and the trust domain. It is written in a certificate twice, as a
/// DNS name and as a SPIFFE id, and both must agree. The DNS form is Linkerd's, so that its policies apply unchanged.
/// </summary>
[GenerateSerializer, Immutable, Alias("mesh.WorkloadIdentity")]
public readonly record struct WorkloadIdentity(
    [property: Id(0)] string ServiceAccount,
    [property: Id(1)] string Namespace,
    [property: Id(2)] string TrustDomain)
{
    private const string Infix = ".serviceaccount.identity.linkerd.";

    /// <summary><c>sa.ns.serviceaccount.identity.linkerd.trust-domain</c>, the certificate's only DNS name.</summary>
    public string DnsName => $"{ServiceAccount}.{Namespace}{Infix}{TrustDomain}";

    /// <summary><c>spiffe://trust-domain/ns/ns/sa/sa</c>, the certificate's only URI.</summary>
    public string SpiffeId => $"spiffe://{TrustDomain}/ns/{Namespace}/sa/{ServiceAccount}";

    public override string ToString() => DnsName;

    /// <summary>
    /// Reads the DNS form. A service account may itself contain dots; a namespace may not, so the last label before the infix is the
    /// namespace. False when any part is empty or not a DNS-1123 name in lower case.
    /// </summary>
    public static bool TryParseDnsName(string? text, out WorkloadIdentity identity)
    {
        identity = default;
        var infix = text?.IndexOf(Infix, StringComparison.Ordinal) ?? -1;
        if (infix <= 0)
        {
            return false;
        }
        var head = text![..infix];
        var trustDomain = text[(infix + Infix.Length)..];
        var dot = head.LastIndexOf('.');
        if (dot <= 0 || !IsDnsName(head[..dot]) || !IsDnsLabel(head[(dot + 1)..]) || !IsDnsName(trustDomain))
        {
            return false;
        }
        identity = new WorkloadIdentity(head[..dot], head[(dot + 1)..], trustDomain);
        return true;
    }

    /// <summary>Reads the SPIFFE form: exactly <c>spiffe://trust-domain/ns/ns/sa/sa</c>, nothing escaped, nothing more.</summary>
    public static bool TryParseSpiffeId(string? text, out WorkloadIdentity identity)
    {
        identity = default;
        const string Scheme = "spiffe://";
        if (text is null || !text.StartsWith(Scheme, StringComparison.Ordinal))
        {
            return false;
        }
        var parts = text[Scheme.Length..].Split('/');
        if (parts is not [var trustDomain, "ns", var ns, "sa", var serviceAccount]
            || !IsDnsName(trustDomain) || !IsDnsLabel(ns) || !IsDnsName(serviceAccount))
        {
            return false;
        }
        identity = new WorkloadIdentity(serviceAccount, ns, trustDomain);
        return true;
    }

    private static bool IsDnsName(string text) => text.Length is > 0 and <= 253 && text.Split('.').All(IsDnsLabel);

    private static bool IsDnsLabel(string text) =>
        text.Length is > 0 and <= 63
        && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-')
        && text[0] != '-' && text[^1] != '-';
}
