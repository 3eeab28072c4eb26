namespace Mesh.Cli.Demo;

/// <summary>What a shell command left behind.</summary>
internal sealed record ShellResult(int ExitCode, string Output, string Errors);
