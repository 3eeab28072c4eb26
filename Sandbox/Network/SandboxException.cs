namespace Mesh.Sandbox.Network;

/// <summary>Something the person at the terminal can act on; its message is printed as it is, without a stack trace.</summary>
internal sealed class SandboxException(string message, Exception? inner = null) : Exception(message, inner);
