namespace Mesh.Proxy.Session;

/// <summary>A node session could not begin or go on; the message says why and, where it is known, what to do.</summary>
internal sealed class SessionException(string message, Exception? inner = null) : Exception(message, inner);
