namespace Mesh.Grains.Ports;

/// <summary>How a write ended, and unless <see cref="WriteOutcome.Done"/> what the API server said.</summary>
public readonly record struct WriteResult(WriteOutcome Outcome, string Message)
{
    public static WriteResult Done { get; } = new(WriteOutcome.Done, "");

    public bool IsDone => Outcome == WriteOutcome.Done;
}
