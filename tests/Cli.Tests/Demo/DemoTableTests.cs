using Mesh.Cli.Demo;

namespace Mesh.Cli.Tests.Demo;

public sealed class DemoTableTests
{
    [Fact]
    public void Parse_BlankCellAndNumbersAlignedRight_EachCellUnderItsHeader()
    {
        const string Table =
            """
            ROUTE    SERVER                       AUTHORIZATION                 UNAUTHORIZED  SUCCESS      RPS  LATENCY_P50
            default  bb                                                              10.0rps    0.00%   0.0rps          0ms
            default  default:all-unauthenticated  default/all-unauthenticated         0.0rps  100.00%   0.1rps          1ms
            """;

        var rows = DemoTable.Parse(Table);

        Assert.Equal(2, rows.Count);
        Assert.Equal("bb", rows[0]["SERVER"]);
        Assert.Equal("", rows[0]["AUTHORIZATION"]);
        Assert.Equal("10.0rps", rows[0]["UNAUTHORIZED"]);
        Assert.Equal("0.00%", rows[0]["SUCCESS"]);
        Assert.Equal("default/all-unauthenticated", rows[1]["AUTHORIZATION"]);
        Assert.Equal("1ms", rows[1]["LATENCY_P50"]);
    }

    [Fact]
    public void Parse_KubectlServices_EachCellUnderItsHeader()
    {
        const string Table =
            """
            NAME        TYPE        CLUSTER-IP     EXTERNAL-IP   PORT(S)    AGE
            bb-target   ClusterIP   10.43.56.245   <none>        8080/TCP   114s
            """;

        var row = Assert.Single(DemoTable.Parse(Table));

        Assert.Equal(("bb-target", "ClusterIP", "8080/TCP"), (row["NAME"], row["TYPE"], row["PORT(S)"]));
    }

    [Theory]
    [InlineData("10.3rps", 10.3)]
    [InlineData("100.00%", 100)]
    [InlineData("3", 3)]
    public void Number_LeadingDigits_AreTheNumber(string cell, double expected) => Assert.Equal(expected, DemoTable.Number(cell));

    [Fact]
    public void Number_Dash_IsNone() => Assert.Null(DemoTable.Number("-"));
}
