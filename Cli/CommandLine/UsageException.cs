namespace Mesh.Cli.CommandLine;

/// <summary>The command line itself is wrong, in a way that the parser cannot see. Exit code 2.</summary>
internal sealed class UsageException(string message) : Exception(message);
