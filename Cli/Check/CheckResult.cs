namespace Mesh.Cli.Check;

/// <summary>How one check ended, and what it said.</summary>
internal sealed record CheckResult(CheckItem Item, CheckOutcome Outcome, string? Error)
{
    /// <summary>What was found by a check that holds; null: nothing worth telling.</summary>
    public string? Note { get; } = Error is null ? Item.Note?.Invoke() : null;
}
