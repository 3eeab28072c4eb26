namespace Mesh.Cli.CommandLine;

/// <summary>What a command reads from and writes to, besides clusters.</summary>
internal sealed record CliEnvironment
{
    public required TextReader Input { get; init; }

    public required TextWriter Output { get; init; }

    public required TextWriter Error { get; init; }

    /// <summary>Whether the output may have colours.</summary>
    public bool IsTerminal { get; init; }

    /// <summary>A kubeconfig to use where <c>--kubeconfig</c> is not given; null: what kubectl would use.</summary>
    public string? Kubeconfig { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public static CliEnvironment OfThisProcess() => new()
    {
        Input = Console.In,
        Output = Console.Out,
        Error = Console.Error,
        IsTerminal = !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("NO_COLOR") is null,
    };
}
