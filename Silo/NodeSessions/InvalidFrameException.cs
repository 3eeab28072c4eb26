namespace Mesh.Silo.NodeSessions;

/// <summary>The peer sent bytes that are no frame of a node session.</summary>
internal sealed class InvalidFrameException(string message) : Exception(message);
