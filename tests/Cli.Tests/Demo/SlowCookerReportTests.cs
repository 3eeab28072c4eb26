using Mesh.Cli.Demo;

namespace Mesh.Cli.Tests.Demo;

public sealed class SlowCookerReportTests
{
    [Fact]
    public void Parse_SeveralLines_TheLastTotalsCount() =>
        Assert.Equal(
            new SlowCookerReport(20, 1, 2),
            SlowCookerReport.Parse("… total good=10 bad=0 failed=0\n… total good=20 bad=1 failed=2\n"));

    [Fact]
    public void Parse_NoTotals_IsNone() => Assert.Null(SlowCookerReport.Parse("# sending 10 GET req/s"));
}
