namespace Orleans.Embedded.Serialization;

/// <summary>An exception on the wire.</summary>
internal sealed record ExceptionRecord(string Type, string Message, string? StackTrace, ExceptionRecord? Inner);
