namespace Orleans.Runtime;

/// <summary>A timer of an activation; disposing it stops it and cancels the token its callback holds.</summary>
public interface IGrainTimer : IDisposable
{
    /// <param name="dueTime">Until the next tick; <see cref="Timeout.InfiniteTimeSpan"/> stops the timer.</param>
    /// <param name="period">From the end of one callback to the next; <see cref="Timeout.InfiniteTimeSpan"/> for a single tick.</param>
    void Change(TimeSpan dueTime, TimeSpan period);
}
