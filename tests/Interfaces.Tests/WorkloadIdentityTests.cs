using Mesh.Interfaces.Identity;

namespace Mesh.Interfaces.Tests;

public sealed class WorkloadIdentityTests
{
    private static readonly WorkloadIdentity SlowCooker = new("slow-cooker", "mc-demo", "cluster.local");

    [Fact]
    public void DnsName_IsLinkerds() =>
        Assert.Equal("slow-cooker.mc-demo.serviceaccount.identity.linkerd.cluster.local", SlowCooker.DnsName);

    [Fact]
    public void TryParse_RoundTripsBothForms()
    {
        Assert.True(WorkloadIdentity.TryParseDnsName(SlowCooker.DnsName, out var fromDns));
        Assert.True(WorkloadIdentity.TryParseSpiffeId(SlowCooker.SpiffeId, out var fromSpiffe));
        Assert.Equal(SlowCooker, fromDns);
        Assert.Equal(SlowCooker, fromSpiffe);
    }

    [Fact]
    public void TryParseDnsName_ServiceAccountWithDots_LastLabelIsTheNamespace()
    {
        Assert.True(WorkloadIdentity.TryParseDnsName("a.b.ns.serviceaccount.identity.linkerd.td", out var identity));
        Assert.Equal(new WorkloadIdentity("a.b", "ns", "td"), identity);
    }

    [Theory]
    [InlineData("")]
    [InlineData("ns.serviceaccount.identity.linkerd.td")]
    [InlineData(".ns.serviceaccount.identity.linkerd.td")]
    [InlineData("sa.ns.serviceaccount.identity.linkerd.")]
    [InlineData("SA.ns.serviceaccount.identity.linkerd.td")]
    [InlineData("sa.ns.serviceaccount.identity.linkerd.t\0d")]
    [InlineData("*.ns.serviceaccount.identity.linkerd.td")]
    public void TryParseDnsName_Malformed_IsRefused(string text) => Assert.False(WorkloadIdentity.TryParseDnsName(text, out _));

    [Theory]
    [InlineData("spiffe://td/ns//sa/x")]
    [InlineData("spiffe://td/ns/n/sa/")]
    [InlineData("spiffe://td/ns/n/sa/x/")]
    [InlineData("spiffe://td//ns/n/sa/x")]
    [InlineData("SPIFFE://td/ns/n/sa/x")]
    [InlineData("spiffe://td/ns/n%2fm/sa/x")]
    [InlineData("spiffe://td/ns/../sa/x")]
    [InlineData("spiffe://td/ns/n/sa/é")]
    public void TryParseSpiffeId_Malformed_IsRefused(string text) => Assert.False(WorkloadIdentity.TryParseSpiffeId(text, out _));
}
