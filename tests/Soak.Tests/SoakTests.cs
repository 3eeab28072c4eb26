using Mesh.Benchmarks.Soak;

namespace Mesh.Soak.Tests;

/// <summary>A process of its own, since it is judged by what the process holds.</summary>
public class SoakTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Soak_TwoMinutesOfChangesUnderLoad_NothingIsLostAndNothingKept()
    {
        var told = new StringWriter();

        var violations = await SoakRun.RunAsync(
            new SoakOptions { Duration = TimeSpan.FromMinutes(2) }, TextWriter.Synchronized(told), TestContext.Current.CancellationToken);

        output.WriteLine(told.ToString());
        Assert.True(violations == 0, told.ToString());
    }
}
