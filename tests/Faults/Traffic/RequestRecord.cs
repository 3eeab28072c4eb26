using System.Globalization;

namespace Mesh.Faults.Traffic;

/// <summary>One request.</summary>
/// <param name="Flow">From where to where.</param>
/// <param name="Began">When it was made, since the load began.</param>
/// <param name="Ended">When it ended.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Status">The status of the answer; 0 without one.</param>
/// <param name="Detail">What the answer's reason, or the failure, says; empty when it was answered.</param>
internal sealed record RequestRecord(
    TrafficFlow Flow, TimeSpan Began, TimeSpan Ended, RequestOutcome Outcome, int Status, string Detail)
{
    public TimeSpan Took => Ended - Began;

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Flow} at {Began.TotalSeconds:0.0} s: {Outcome}{(Status > 0 ? $" {Status}" : "")} after {Took.TotalSeconds:0.00} s ({Detail})");
}
