namespace Mesh.Cli.Check;

/// <summary>How a check ended.</summary>
internal enum CheckOutcome
{
    Success,
    Warning,
    Error,
}
