using System.Net;
using Mesh.Silo.Hosting;

namespace Mesh.Silo.Tests.Hosting;

public sealed class PeerListTests
{
    [Fact]
    public void Parse_MixedLines_KeepsTheGoodOnes()
    {
        var peers = PeerList.Parse("east=10.0.0.1:11111\n\nnonsense\nwest=10.0.0.2\nWest!=10.0.0.3:1\nwest = [fd00::1]:11111\nwest=[fd00::1]:11111\r\n");
        Assert.Equal(["east=10.0.0.1:11111", "west=[fd00::1]:11111"], peers.Select(p => $"{p.Cluster}={p.Address}"));
        Assert.Empty(PeerList.Parse(null));
    }

    [Fact]
    public void Merge_ClusterWithLiveSilos_IsReplacedAndOthersAreKept()
    {
        SiloMember[] members =
        [
            new(IPEndPoint.Parse("10.0.0.9:11111"), "east", true, true),
            new(IPEndPoint.Parse("10.0.0.1:11111"), "east", false, true),
            new(IPEndPoint.Parse("10.0.1.1:11111"), "west", false, true),
        ];
        var merged = PeerList.Merge("east=10.0.0.1:11111\nwest=10.0.1.1:11111\nwest=10.0.1.2:11111\n", members);
        Assert.Equal("east=10.0.0.9:11111\nwest=10.0.1.1:11111\nwest=10.0.1.2:11111\n", merged);
        Assert.Equal(merged, PeerList.Merge(merged, members));
    }
}
