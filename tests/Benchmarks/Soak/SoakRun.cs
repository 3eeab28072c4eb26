using System.Net;
using Mesh.Proxy.Reactor;

namespace Mesh.Benchmarks.Soak;

/// <summary>
/// Proxies under a steady load while everything around them changes. Shows that no request is lost, that every answer is right, that a
/// client whom no policy allows never gets in, and that nothing is kept that should have been given back.
/// </summary>
internal static class SoakRun
{
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(20);

    // The runtime opens a few of its own whenever it likes.
    private const int DescriptorSlack = 12;

    /// <returns>How much happened that must not; 0: all is well.</returns>
    public static async Task<int> RunAsync(SoakOptions options, TextWriter told, CancellationToken stop)
    {
        told.WriteLine($"soak: {options.Duration.TotalMinutes:0.#} minutes, --seed {options.Seed}");
        var violations = new Violations(TimeProvider.System, told);
        var (tally, ledger) = (new Tally(), new Ledger());
        var random = new Random(options.Seed);
        var descriptors = ResourceSample.OpenDescriptors();
        var blocks = NativeAllocator.Outstanding;
        await using (var applications = await Applications.StartAsync(ledger, violations))
        await using (var mesh = new SoakMesh(new BugLog(violations), applications))
        {
            var watch = new ResourceWatch(mesh, violations);
            var disturbances = new Disturbances(mesh, violations);
            disturbances.Begin();
            foreach (var service in mesh.Services)
            {
                service.Fill(random);
            }
            using (var loads = new Loads(mesh, ledger, violations, tally))
            {
                using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
                end.CancelAfter(options.Duration);
                await Task.WhenAll(
                    loads.RunAsync(random, end.Token), disturbances.RunAsync(new Random(random.Next()), end.Token),
                    watch.RunAsync(end.Token), TellAsync(options, violations, tally, told, end.Token));
            }
            told.WriteLine(watch.Judge(options.WarmUp, options.Duration < violations.Elapsed ? options.Duration : violations.Elapsed));
            await CheckRestAsync(mesh, violations);
            told.WriteLine($"{disturbances}\n{tally}");
        }
        CheckAllReturned(violations, descriptors, blocks);
        told.WriteLine(violations.Count == 0 ? "soak: nothing was lost, nothing was kept" : $"soak: {violations.Count} violations");
        return violations.Count;
    }

    /// <summary>When nobody asks for anything, no buffer is in use.</summary>
    private static async Task CheckRestAsync(SoakMesh mesh, Violations violations)
    {
        var began = violations.Elapsed;
        while (await mesh.Client.RentedAsync() + await mesh.Server.RentedAsync() is var rented && rented > 0)
        {
            if (violations.Elapsed - began > Settling)
            {
                violations.Add($"{rented} buffers are in use {Settling.TotalSeconds} s after the load has ended "
                    + $"(client {await mesh.Client.RentedAsync()}, server {await mesh.Server.RentedAsync()})");
                return;
            }
            await Pause.ForAsync(TimeSpan.FromMilliseconds(100), CancellationToken.None);
        }
    }

    private static void CheckAllReturned(Violations violations, int descriptors, long blocks)
    {
        if (NativeAllocator.Outstanding != blocks)
        {
            violations.Add($"{NativeAllocator.Outstanding - blocks} native blocks were not freed by the end");
        }
        // Sockets that nobody refers to are closed when they are collected.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        if (ResourceSample.OpenDescriptors() is var now && now > descriptors + DescriptorSlack)
        {
            violations.Add($"{now - descriptors} file descriptors were not closed by the end");
        }
    }

    private static async Task TellAsync(
        SoakOptions options, Violations violations, Tally tally, TextWriter told, CancellationToken stop)
    {
        var every = options.Duration / 12;
        while (!stop.IsCancellationRequested)
        {
            await Pause.ForAsync(every, stop);
            told.WriteLine($"[{violations.Elapsed.TotalSeconds,5:0} s] {tally}; {violations.Count} violations");
        }
    }
}
