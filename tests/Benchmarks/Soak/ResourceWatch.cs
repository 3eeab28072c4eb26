namespace Mesh.Benchmarks.Soak;

/// <summary>
/// Compares what the process holds in the third of the time after the warm-up with what it holds in the last third, by their medians, so
/// that the load's ups and downs do not count.
/// </summary>
internal sealed class ResourceWatch(SoakMesh mesh, Violations violations)
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(2);

    // What may be added without being a leak. Live objects: histograms of pods that have come since and are forgotten after a while.
    // Native: the allocator's fragments and code compiled late. A leak of 100 bytes per request exceeds either within the hour, and one
    // of an object per connection or pod, which have kilobytes, within two minutes.
    private const double ManagedSlack = 6e6;
    private const double NativeSlack = 24e6;

    // As many as half of the load's connections, each of which has up to four sockets: how many are open is a matter of chance.
    private const double DescriptorSlack = 60;

    // What the loops keep for later grows to the most that was ever needed at once.
    private const double BlockSlack = 256;
    private const double RentedSlack = 64;
    private readonly List<(TimeSpan At, ResourceSample Sample)> _samples = [];

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var sample = await ResourceSample.TakeAsync(mesh);
            _samples.Add((violations.Elapsed, sample));
            await Pause.ForAsync(Every, stop);
        }
    }

    /// <returns>What was held early and late, for people.</returns>
    public string Judge(TimeSpan warmUp, TimeSpan duration)
    {
        var third = (duration - warmUp) / 3;
        var early = Median(warmUp, warmUp + third);
        var late = Median(duration - third, duration);
        Check("live objects, bytes", early.Managed, late.Managed, ManagedSlack);
        Check("native memory, bytes", early.Native, late.Native, NativeSlack);
        Check("file descriptors", early.Descriptors, late.Descriptors, DescriptorSlack);
        Check("native blocks of the data plane", early.Blocks, late.Blocks, BlockSlack);
        Check("buffers in use", early.Rented, late.Rented, RentedSlack);
        return $"early: {early}\nlate:  {late}";
    }

    private void Check(string what, double early, double late, double slack)
    {
        if (late > early + slack)
        {
            violations.Add($"{what} grew: {early:N0} after the warm-up, {late:N0} at the end; {slack:N0} more would have been accepted");
        }
    }

    private ResourceSample Median(TimeSpan from, TimeSpan to)
    {
        var samples = _samples.Where(entry => entry.At >= from && entry.At <= to).Select(entry => entry.Sample).ToList();
        if (samples.Count == 0)
        {
            // A machine too busy to look: what there is has to do.
            samples = [_samples[^1].Sample];
        }
        return new ResourceSample(
            (long)Middle(sample => sample.Managed), (long)Middle(sample => sample.Native), (int)Middle(sample => sample.Descriptors),
            (long)Middle(sample => sample.Blocks), (int)Middle(sample => sample.Rented));

        double Middle(Func<ResourceSample, double> of)
        {
            var ordered = samples.Select(of).Order().ToList();
            return ordered[ordered.Count / 2];
        }
    }
}
