namespace Mesh.Cli.Check;

/// <summary>How one check ended, and what it said.</summary>
internal sealed record CheckResult(CheckItem Item, CheckOutcome Outcome, string? Error);
