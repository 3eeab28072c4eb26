using Mesh.Sandbox.Network;

namespace Mesh.Sandbox.Tests.Network;

public class SandboxPlanTests
{
    [Fact]
    public void Create_TwoClusters_GivesTheDocumentedAddresses()
    {
        var plan = SandboxPlan.Create("mesh", "/run/mesh-sandbox", ["east", "west"], 2);

        var west = plan.Clusters[1];
        Assert.Equal("10.120.0.10", west.DnsServiceAddress.ToString());
        Assert.Equal("10.120.0.1", west.ApiServiceAddress.ToString());
        Assert.Equal("10.20.2.0/24", west.Nodes[1].PodNetwork.ToString());
        Assert.Equal("west-2", west.Nodes[1].Name);
        Assert.Equal("mesh-west-2", west.Nodes[1].NetworkNamespace);
        Assert.Equal("10.99.2.12", west.Nodes[1].Address.ToString());
    }

    [Fact]
    public void Create_DualStack_GivesIpv6AddressesWithTheSameDigits()
    {
        var west = SandboxPlan.Create("mesh", "/run/mesh-sandbox", ["east", "west"], 2, dualStack: true).Clusters[1];

        Assert.Equal("fd00:99::2:12", west.Nodes[1].Address6?.ToString());
        Assert.Equal("fd00:20:2::/64", west.Nodes[1].PodNetwork6?.ToString());
        Assert.Equal("fd00:120::/112", west.ServiceNetwork6?.ToString());
        Assert.True(west.PodNetwork6.Contains(west.Nodes[1].PodNetwork6!.Value.BaseAddress));
        Assert.True(west.FabricNetwork6.Contains(west.Nodes[1].Address6!));
        Assert.Null(SandboxPlan.Create("mesh", "/run/mesh-sandbox", ["east"], 1).Clusters[0].Nodes[0].PodNetwork6);
    }

    [Theory]
    [InlineData("Mesh", "east", 1, "--prefix")]
    [InlineData("mesh", "east-1", 1, "east-1")]
    [InlineData("mesh", "", 1, "cluster name")]
    [InlineData("mesh", "averylongname", 1, "averylongname")]
    [InlineData("mesh", "east,east", 1, "twice")]
    [InlineData("mesh", "a,b,c,d,e,f,g,h,i,j", 1, "9")]
    [InlineData("mesh", "east", 0, "--nodes")]
    public void Create_BadNames_SaysWhich(string prefix, string clusters, int nodes, string expected) =>
        Assert.Contains(expected, Assert.Throws<SandboxException>(
            () => SandboxPlan.Create(prefix, "/tmp/x", clusters.Split(','), nodes)).Message);

    [Theory]
    [InlineData("mesh-east-1", true)]
    [InlineData("mesh-east-cp", true)]
    [InlineData("mesh-fabric", true)]
    [InlineData("mesh-pod-0123456789", true)]
    [InlineData("mesh-test-east-1", false)]
    [InlineData("mesh-test-fabric", false)]
    [InlineData("mesh-test-pod-0123456789", false)]
    [InlineData("meshed-east-1", false)]
    [InlineData("other", false)]
    public void OwnsNamespace_OnlyOfThatPrefix(string name, bool owned) => Assert.Equal(owned, SandboxPlan.OwnsNamespace("mesh", name));
}
