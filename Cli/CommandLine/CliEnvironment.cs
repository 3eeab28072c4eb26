using Spectre.Console;

namespace Mesh.Cli.CommandLine;

/// <summary>What a command reads from and writes to, besides clusters.</summary>
internal sealed record CliEnvironment
{
    public required TextReader Input { get; init; }

    public required TextWriter Output { get; init; }

    public required TextWriter Error { get; init; }

    /// <summary>Whether the output may have colours.</summary>
    public bool IsTerminal { get; init; }

    /// <summary>The output, for what is coloured or moves on a terminal and is plain elsewhere. Not for tables: it would wrap them.</summary>
    public IAnsiConsole Console => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Out = new AnsiConsoleOutput(Output),
        Ansi = IsTerminal ? AnsiSupport.Yes : AnsiSupport.No,
        ColorSystem = IsTerminal ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
        Interactive = IsTerminal ? InteractionSupport.Yes : InteractionSupport.No,
    });

    /// <summary>A kubeconfig to use where <c>--kubeconfig</c> is not given; null: what kubectl would use.</summary>
    public string? Kubeconfig { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public static CliEnvironment OfThisProcess() => new()
    {
        Input = System.Console.In,
        Output = System.Console.Out,
        Error = System.Console.Error,
        IsTerminal = !System.Console.IsOutputRedirected && Environment.GetEnvironmentVariable("NO_COLOR") is null,
    };
}
