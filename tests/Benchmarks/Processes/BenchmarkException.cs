namespace Mesh.Benchmarks.Processes;

/// <summary>The benchmark cannot go on; the message says what happened and what to do.</summary>
internal sealed class BenchmarkException(string message) : Exception(message);
