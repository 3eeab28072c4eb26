namespace Mesh.Cli.CommandLine;

/// <summary>The command cannot do what was asked; the message, one line, says why and what to do. Exit code 1.</summary>
internal sealed class CommandFailedException(string message, Exception? inner = null) : Exception(message, inner);
