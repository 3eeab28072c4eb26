using Mesh.Grains.Observed;
using Mesh.Grains.Policies;
using Mesh.Grains.Tests.Fakes;
using Mesh.Interfaces.NodeSession;

namespace Mesh.Grains.Tests.Policies;

/// <summary>What is wrong with a policy must show in its status and must never allow anybody anything.</summary>
public sealed class AuthorizationPolicyPlannerTests
{
    private static readonly ObservedReference Good = Samples.PolicyRef("MeshTLSAuthentication", "bb-good");

    private readonly FakeClusterView _east = new("east");

    public AuthorizationPolicyPlannerTests()
    {
        _east.Put(Samples.Server());
        _east.Put(Samples.MeshTls("bb-good", "a.b.serviceaccount.identity.linkerd.cluster.local"));
        _east.Put(Samples.MeshTls("everybody", "*"));
        _east.Put(Samples.Networks("lan", new ObservedNetwork("10.0.0.0/8", ["10.9.0.0/16"])));
        _east.Put(Samples.MeshTls("both", "*") with { IdentityRefs = [new ObservedReference("", "Namespace", "mc-demo")] });
        _east.Put(Samples.MeshTls("neither"));
        _east.Put(Samples.MeshTls("one-bad", "*", "not an identity"));
        _east.Put(Samples.Networks("bad-cidr", new ObservedNetwork("10.0.0.0/8", []), new ObservedNetwork("10.0.0.0/99", [])));
        _east.Put(Samples.Networks("except-outside", new ObservedNetwork("10.0.0.0/8", ["192.168.0.0/16"])));
        _east.Put(Samples.Networks("except-covers", new ObservedNetwork("10.0.0.0/8", ["10.0.0.0/8"])));
        _east.Put(Samples.Networks("except-bad", new ObservedNetwork("10.0.0.0/8", ["x"])));
        _east.Put(Samples.Networks("empty"));
    }

    [Theory]
    [InlineData("absent", "NotFound")]
    [InlineData("both", "InvalidRef")]
    [InlineData("neither", "InvalidRef")]
    [InlineData("one-bad", "InvalidRef")]
    public void Plan_BrokenMeshTls_AllowsNothing(string name, string reason) =>
        AssertIgnored(Samples.Policy(required: Samples.PolicyRef("MeshTLSAuthentication", name)), reason);

    [Theory]
    [InlineData("absent", "NotFound")]
    [InlineData("bad-cidr", "InvalidRef")]
    [InlineData("except-outside", "InvalidRef")]
    [InlineData("except-covers", "InvalidRef")]
    [InlineData("except-bad", "InvalidRef")]
    [InlineData("empty", "InvalidRef")]
    public void Plan_BrokenNetworks_AllowNothing(string name, string reason) =>
        AssertIgnored(Samples.Policy(required: [Good, Samples.PolicyRef("NetworkAuthentication", name)]), reason);

    [Fact]
    public void Plan_ServerDoesNotExist_AllowsNothing() =>
        AssertIgnored(Samples.Policy(required: Good) with { TargetRef = Samples.PolicyRef("Server", "absent") }, "NoMatchingTarget");

    public static TheoryData<string, ObservedReference?> BadTargets => new()
    {
        { "Invalid", null },
        { "Invalid", new ObservedReference("", "Namespace", "other") },
        { "Invalid", Samples.PolicyRef("Server", "bb", "other") },
        { "InvalidKind", Samples.PolicyRef("HTTPRoute", "bb") },
        { "InvalidKind", new ObservedReference("apps", "Deployment", "bb") },
        { "InvalidKind", new ObservedReference("", "Server", "bb") },
    };

    [Theory]
    [MemberData(nameof(BadTargets))]
    public void Plan_BadTarget_AllowsNothing(string reason, ObservedReference? target) =>
        AssertIgnored(Samples.Policy(required: Good) with { TargetRef = target }, reason);

    public static TheoryData<string, ObservedReference[]> BadRequirements => new()
    {
        { "Invalid", [Good, Samples.PolicyRef("MeshTLSAuthentication", "everybody")] },
        { "Invalid", [Good, new ObservedReference("", "ServiceAccount", "a")] },
        { "Invalid", [new ObservedReference("", "ServiceAccount", "a"), new ObservedReference("", "ServiceAccount", "b")] },
        { "Invalid", [Samples.PolicyRef("NetworkAuthentication", "lan"), Samples.PolicyRef("NetworkAuthentication", "lan")] },
        { "Invalid", [new ObservedReference("", "ServiceAccount", "Not Valid")] },
        { "InvalidKind", [Good, new ObservedReference("", "Secret", "x")] },
        { "InvalidKind", [new ObservedReference("", "MeshTLSAuthentication", "bb-good")] },
    };

    [Theory]
    [MemberData(nameof(BadRequirements))]
    public void Plan_BadRequirements_AllowNothing(string reason, ObservedReference[] required) =>
        AssertIgnored(Samples.Policy(required: required), reason);

    [Fact]
    public void Plan_RequirementsAbsent_AllowNothing() =>
        AssertIgnored(Samples.Policy() with { RequiredAuthenticationRefs = null }, "Invalid");

    [Fact]
    public void Plan_RequirementsEmpty_AllowEverybodyAsInLinkerd()
    {
        var authorization = Plan(Samples.Policy());
        Assert.Equal(TlsCondition.Unauthenticated, authorization!.Tls);
        Assert.Equal(["0.0.0.0/0", "::/0"], authorization.Networks.Select(network => network.Cidr));
    }

    [Fact]
    public void Plan_MeshTlsAndNetwork_BothMustHold()
    {
        var authorization = Plan(Samples.Policy(required: [Good, Samples.PolicyRef("NetworkAuthentication", "lan")]));
        Assert.Equal(TlsCondition.MeshTlsIdentities, authorization!.Tls);
        Assert.Equal(["a.b.serviceaccount.identity.linkerd.cluster.local"], authorization.Identities);
        var network = Assert.Single(authorization.Networks);
        Assert.Equal("10.0.0.0/8", network.Cidr);
        Assert.Equal(["10.9.0.0/16"], network.Except);
    }

    [Fact]
    public void Plan_NetworkOnly_NeedsNoIdentity() =>
        Assert.Equal(TlsCondition.Unauthenticated, Plan(Samples.Policy(required: Samples.PolicyRef("NetworkAuthentication", "lan")))!.Tls);

    [Fact]
    public void Plan_AnyIdentity_IsMeshTlsAny()
    {
        var authorization = Plan(Samples.Policy(required: Samples.PolicyRef("MeshTLSAuthentication", "everybody")));
        Assert.Equal(TlsCondition.MeshTlsAny, authorization!.Tls);
        Assert.Empty(authorization.Identities);
    }

    [Fact]
    public void Plan_ServiceAccount_IsItsIdentity()
    {
        Assert.Equal(
            ["sa.mc-demo.serviceaccount.identity.linkerd.cluster.local"],
            Plan(Samples.Policy(required: new ObservedReference("", "ServiceAccount", "sa")))!.Identities);
        Assert.Equal(
            ["sa.other.serviceaccount.identity.linkerd.cluster.local"],
            Plan(Samples.Policy(required: new ObservedReference("core", "ServiceAccount", "sa", "other")))!.Identities);
    }

    [Fact]
    public void Plan_IdentityRefs_AreAccountsAndNamespaces()
    {
        _east.Put(Samples.MeshTls("refs") with
        {
            Identities = null,
            IdentityRefs = [new ObservedReference("", "ServiceAccount", "sa", "team"), new ObservedReference("", "Namespace", "friends")],
        });
        var authorization = Plan(Samples.Policy(required: Samples.PolicyRef("MeshTLSAuthentication", "refs")));
        Assert.Equal(["sa.team.serviceaccount.identity.linkerd.cluster.local"], authorization!.Identities);
        Assert.Equal([".friends.serviceaccount.identity.linkerd.cluster.local"], authorization.IdentitySuffixes);
    }

    [Fact]
    public void Judge_NamespaceRefWithNamespace_IsNotAccepted()
    {
        var authentication = Samples.MeshTls("refs") with { Identities = null, IdentityRefs = [new ObservedReference("", "Namespace", "a", "b")] };
        Assert.False(MeshTlsAuthenticationPlanner.Judge(authentication).IsInEffect);
    }

    [Fact]
    public void Plan_ReferenceToOtherNamespace_IsFollowed()
    {
        _east.Put(Samples.MeshTls("theirs", "*") with { Metadata = Samples.Metadata("theirs", ns: "other") });
        Assert.NotNull(Plan(Samples.Policy(required: Samples.PolicyRef("MeshTLSAuthentication", "theirs", "other"))));
        Assert.Null(Plan(Samples.Policy(required: Samples.PolicyRef("MeshTLSAuthentication", "theirs"))));
    }

    [Fact]
    public void Targets_OtherNamespacesServer_IsNotTargeted()
    {
        var server = Samples.Server() with { Metadata = Samples.Metadata("bb", ns: "other") };
        Assert.False(AuthorizationPolicyPlanner.Targets(Samples.Policy(), server));
        Assert.True(AuthorizationPolicyPlanner.Targets(Samples.Policy(), Samples.Server()));
    }

    private Authorization? Plan(ObservedAuthorizationPolicy policy) => AuthorizationPolicyPlanner.Authorization(policy, _east);

    private void AssertIgnored(ObservedAuthorizationPolicy policy, string reason)
    {
        Assert.Null(Plan(policy));
        var verdict = AuthorizationPolicyPlanner.Judge(policy, _east);
        Assert.False(verdict.IsInEffect);
        Assert.Equal(reason, (verdict.Refused ?? verdict.Unresolved)!.Reason);
        Assert.NotEmpty((verdict.Refused ?? verdict.Unresolved)!.Message);
    }
}
