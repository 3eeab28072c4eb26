using Mesh.Grains.Scheduling;
using Mesh.Testing;

namespace Mesh.Grains.Tests.Scheduling;

public sealed class CoalescedWorkTests
{
    [Fact]
    public async Task Run_AskedManyTimesDuringAPass_MakesOneMore()
    {
        var passes = 0;
        var gate = new TaskCompletionSource();
        var began = new TaskCompletionSource();
        var work = new CoalescedWork(async () =>
        {
            passes++;
            began.TrySetResult();
            await gate.Task;
        });
        var first = work.Run();
        await began.Task;
        var more = Enumerable.Range(0, 10).Select(_ => work.Run()).ToList();
        gate.SetResult();
        await Task.WhenAll([first, .. more]);
        Assert.Equal(2, passes);
    }

    [Fact]
    public async Task Run_AfterAPassThatNeverWaits_RunsAgain()
    {
        var passes = 0;
        var work = new CoalescedWork(() =>
        {
            passes++;
            return Task.CompletedTask;
        });
        await work.Run();
        await work.Run();
        Assert.Equal(2, passes);
    }

    [Fact]
    public async Task Run_PassFails_TellsTheCallerAndWorksAgain()
    {
        var fails = true;
        var work = new CoalescedWork(() => fails ? throw new InvalidOperationException("once") : Task.CompletedTask);
        await Assert.ThrowsAsync<InvalidOperationException>(work.Run);
        fails = false;
        await work.Run();
    }

    [Fact]
    public async Task Set_Burst_IsOneNotificationUntilReset()
    {
        var notified = 0;
        var signal = new ChangeSignal(
            () =>
            {
                Interlocked.Increment(ref notified);
                return Task.CompletedTask;
            },
            Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        for (var i = 0; i < 100; i++)
        {
            signal.Set();
        }
        await Eventually.Holds(
            () => Volatile.Read(ref notified) == 1, TimeSpan.FromSeconds(10), () => $"{notified}", TestContext.Current.CancellationToken);
        signal.Reset();
        signal.Set();
        await Eventually.Holds(
            () => Volatile.Read(ref notified) == 2, TimeSpan.FromSeconds(10), () => $"{notified}", TestContext.Current.CancellationToken);
    }
}
