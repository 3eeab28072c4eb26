namespace Mesh.Cli.Check;

/// <summary>Something does not hold; the message says what is instead.</summary>
internal sealed class CheckFailedException(string message) : Exception(message);
