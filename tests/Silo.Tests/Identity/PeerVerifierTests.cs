using System.Net;
using System.Security.Cryptography.X509Certificates;
using Mesh.Interfaces.Identity;
using Mesh.Testing;

namespace Mesh.Silo.Tests.Identity;

public sealed class PeerVerifierTests : IDisposable
{
    private static readonly WorkloadIdentity Bb = new("bb", "mc-demo", "cluster.local");
    private static readonly WorkloadIdentity Other = new("other", "mc-demo", "cluster.local");

    private readonly ManualTimeProvider _time = new();
    private readonly Pki _pki;

    public PeerVerifierTests() => _pki = new Pki(_time);

    public void Dispose() => _pki.Dispose();

    [Fact]
    public void VerifyClient_NoCertificate_IsRefused() => Refused(null, "no certificate");

    [Fact]
    public void VerifyClient_TwoDnsNames_IsRefused() => Refused(
        Leaf(n =>
        {
            Names(n, Bb, Bb);
            n.AddDnsName(Other.DnsName);
        }),
        "2 DNS names");

    [Fact]
    public void VerifyClient_TwoUris_IsRefused() => Refused(
        Leaf(n =>
        {
            Names(n, Bb, Bb);
            n.AddUri(new Uri(Other.SpiffeId));
        }),
        "2 URIs");

    [Fact]
    public void VerifyClient_AddressAmongTheNames_IsRefused() => Refused(
        Leaf(n =>
        {
            Names(n, Bb, Bb);
            n.AddIpAddress(IPAddress.Loopback);
        }),
        "1 other names");

    [Fact]
    public void VerifyClient_NamesDisagree_IsRefused() => Refused(Leaf(n => Names(n, Bb, Other)), "do not agree");

    [Fact]
    public void VerifyClient_DnsNameOnly_IsRefused() => Refused(Leaf(n => n.AddDnsName(Bb.DnsName)), "0 URIs");

    [Fact]
    public void VerifyClient_NoWorkload_IsRefused() => Refused(
        Leaf(n =>
        {
            n.AddDnsName("www.example.com");
            n.AddUri(new Uri(Bb.SpiffeId));
        }),
        "no workload identity");

    [Fact]
    public void VerifyClient_OtherAuthority_IsRefused()
    {
        var anchor = Pki.MakeAnchor("anchor", _pki.Now);
        var issuer = Pki.MakeIssuer(anchor, _pki.Now, TimeSpan.FromDays(1));
        var leaf = _pki.Leaf(n => Names(n, Bb, Bb), issuer);
        Assert.Contains("no valid chain", _pki.Verifier.VerifyClient(leaf, [issuer]).Reason, StringComparison.Ordinal);
        Assert.Contains("no valid chain", _pki.Verifier.VerifyClient(leaf, [issuer, anchor]).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void VerifyClient_Expired_IsRefused()
    {
        var leaf = Leaf(n => Names(n, Bb, Bb));
        Assert.True(_pki.Verifier.VerifyClient(leaf, [_pki.Issuer]).Verified);
        _time.Advance(TimeSpan.FromMinutes(61));
        Refused(leaf, "NotTimeValid");
    }

    [Fact]
    public void VerifyClient_ServerCertificate_IsRefused()
    {
        var leaf = _pki.Leaf(n => Names(n, Bb, Bb), usage: "1.3.6.1.5.5.7.3.1");
        Refused(leaf, "NotValidForUsage");
        Assert.True(_pki.Verifier.VerifyServer(leaf, [_pki.Issuer]).Verified);
    }

    [Fact]
    public void VerifyClient_LeafUnderALeaf_IsRefused()
    {
        var between = Leaf(n => Names(n, Bb, Bb));
        var leaf = _pki.Leaf(n => Names(n, Other, Other), between, _pki.Now.AddMinutes(30));
        Assert.False(_pki.Verifier.VerifyClient(leaf, [between, _pki.Issuer]).Verified);
    }

    private static void Names(SubjectAlternativeNameBuilder names, WorkloadIdentity dns, WorkloadIdentity uri)
    {
        names.AddDnsName(dns.DnsName);
        names.AddUri(new Uri(uri.SpiffeId));
    }

    private X509Certificate2 Leaf(Action<SubjectAlternativeNameBuilder> names) => _pki.Leaf(names);

    private void Refused(X509Certificate2? certificate, string because)
    {
        var result = _pki.Verifier.VerifyClient(certificate, [_pki.Issuer]);
        Assert.False(result.Verified);
        Assert.Contains(because, result.Reason, StringComparison.Ordinal);
    }
}
