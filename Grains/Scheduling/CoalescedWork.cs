namespace Mesh.Grains.Scheduling;

/// <summary>
/// Work of which one pass runs at a time, and which runs once more if it was asked for meanwhile. It belongs to one grain and runs in that
/// grain's turns, so it needs no lock.
/// </summary>
/// <param name="pass">One pass. It reports its own failures; one that escapes ends the run and reaches those who wait for it.</param>
internal sealed class CoalescedWork(Func<Task> pass)
{
    private Task? _running;
    private bool _requested;

    /// <summary>Asks for a pass that begins after this call.</summary>
    /// <returns>Ends when nothing that was asked for is left to do.</returns>
    public Task Run()
    {
        _requested = true;
        return _running ??= RunAsync();
    }

    /// <summary>
    /// Asks for a pass without waiting for it: for callers that must not be held up by it. Passes asked for like this must report their
    /// failures themselves.
    /// </summary>
    public void Request() => Run();

    private async Task RunAsync()
    {
        // Run must have stored the task before a pass that never waits can end.
        await Task.Yield();
        try
        {
            while (_requested)
            {
                _requested = false;
                await pass();
            }
        }
        finally
        {
            _running = null;
        }
    }
}
