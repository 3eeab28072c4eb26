using Mesh.Kubernetes.Resources;
using Mesh.Sandbox.Node;
using Mesh.Testing;

namespace Mesh.Sandbox.Tests.Node;

public class ProbeLoopTests
{
    [Fact]
    public async Task RunAsync_FailuresInARow_FlipOnlyAtTheThreshold()
    {
        var heard = await RunAsync(new Probe { PeriodSeconds = 1, FailureThreshold = 3, SuccessThreshold = 2 }, "yynynnnyynnn");

        Assert.Equal(["1:True", "6:False", "8:True", "11:False"], heard);
    }

    [Fact]
    public async Task RunAsync_NeverSucceeds_SaysSoAtTheThreshold() =>
        Assert.Equal(["2:False"], await RunAsync(new Probe { PeriodSeconds = 1 }, "nnnn"));

    private static async Task<List<string>> RunAsync(Probe probe, string outcomes)
    {
        var heard = new List<string>();
        var time = new ManualTimeProvider();
        using var done = new CancellationTokenSource();
        var tried = 0;
        using var step = new SemaphoreSlim(0);
        var loop = new ProbeLoop(probe, ct =>
        {
            var outcome = new ProbeOutcome(outcomes[tried++] == 'y', "");
            step.Release();
            return Task.FromResult(outcome);
        }, time).RunAsync(false, ok =>
        {
            heard.Add($"{tried - 1}:{ok}");
            return true;
        }, _ => { }, done.Token);
        for (var i = 0; i < outcomes.Length; i++)
        {
            await step.WaitAsync(TestContext.Current.CancellationToken);
            if (i == outcomes.Length - 1)
            {
                await done.CancelAsync();
            }
            time.Advance(TimeSpan.FromSeconds(1));
        }
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => loop);
        return heard;
    }
}
