namespace Mesh.Benchmarks.Soak;

/// <summary>A wait that may be cut short.</summary>
internal static class Pause
{
    /// <summary>Returns after <paramref name="time"/>, or as soon as <paramref name="stop"/> is asked for; never throws for that.</summary>
    public static async Task ForAsync(TimeSpan time, CancellationToken stop) =>
        await Task.Delay(time, TimeProvider.System, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
