namespace Mesh.Testing;

/// <summary>Waits for a condition, and on failure says what the state was instead.</summary>
public static class Eventually
{
    /// <param name="condition">Polled every 20 ms until true.</param>
    /// <param name="within">How long to wait; generous, since it bounds only failures.</param>
    /// <param name="describe">The state to print when time runs out.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="TimeoutException">The condition did not become true in time.</exception>
    public static async Task Holds(
        Func<Task<bool>> condition, TimeSpan within, Func<string> describe, CancellationToken cancellationToken = default)
    {
        var time = TimeProvider.System;
        var start = time.GetTimestamp();
        while (!await condition())
        {
            if (time.GetElapsedTime(start) > within)
            {
                throw new TimeoutException($"Not true within {within}: {describe()}");
            }
            await Task.Delay(TimeSpan.FromMilliseconds(20), time, cancellationToken);
        }
    }

    /// <inheritdoc cref="Holds(Func{Task{bool}}, TimeSpan, Func{string}, CancellationToken)"/>
    public static Task Holds(
        Func<bool> condition, TimeSpan within, Func<string> describe, CancellationToken cancellationToken = default) =>
        Holds(() => Task.FromResult(condition()), within, describe, cancellationToken);
}
