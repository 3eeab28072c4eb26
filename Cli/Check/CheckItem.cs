namespace Mesh.Cli.Check;

/// <summary>One thing that must hold.</summary>
/// <param name="Description">What holds when all is well.</param>
/// <param name="Hint">What to do when it does not.</param>
/// <param name="RunAsync">Returns when it holds; throws <see cref="CheckFailedException"/> when it does not.</param>
internal sealed record CheckItem(string Description, string Hint, Func<CancellationToken, Task> RunAsync)
{
    /// <summary>When it does not hold, nothing after it can.</summary>
    public bool Fatal { get; init; }

    /// <summary>When it does not hold, that is worth knowing but no error.</summary>
    public bool Warning { get; init; }

    /// <summary>What was found, told with the description when it holds; null: nothing worth telling.</summary>
    public Func<string?>? Note { get; init; }

    /// <summary>It may not hold yet: tried again until the time given with <c>--wait</c> is over.</summary>
    public bool Retry { get; init; }
}
