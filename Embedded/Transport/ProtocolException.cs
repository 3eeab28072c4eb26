namespace Orleans.Embedded.Transport;

/// <summary>The other side does not speak as a silo should; the connection ends.</summary>
internal sealed class ProtocolException(string message, Exception? inner = null) : Exception(message, inner);
