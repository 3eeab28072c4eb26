namespace Mesh.Faults;

/// <summary>The run cannot go on; the message says why and what to do.</summary>
internal sealed class FaultException(string message) : Exception(message);
