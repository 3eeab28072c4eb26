namespace Mesh.Conformance.TestSilo.Grains;

public sealed class ProbeException(string message, Exception? inner = null) : Exception(message, inner);
